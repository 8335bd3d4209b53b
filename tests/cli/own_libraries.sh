#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Programs outside of the checkout find the libraries of lib/ by their names, for each machine; those that are installed
# beside the compiler come first.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

cp -r "${BACTRIAN%/*}/examples/fibers" project
expect_fibers() {
  expect_status 0
  [ "$(grep -c '^worker [0-2]: fib ' out)" = 9 ] || fails "not nine results"
  grep -qx 'worker 0: fib 14 = 377' out || fails "a result is missing"
  [ "$(tail -1 out)" = "nothing more comes" ] || fails "it did not come to the end"
}
bactrian run --target hosted project
expect_fibers
for arch in x86_64 aarch64 riscv64; do
  bactrian run --timeout 180 --arch $arch project
  expect_fibers
done

# A .ml file with packages.
cat >one.ml <<'TEXT'
let () = Picos_mux_fifo.run (fun () -> Picos_std_structured.Control.sleep ~seconds:0.01; print_endline "slept")
TEXT
bactrian run --target hosted --package picos_mux.fifo --package picos_std.structured one.ml
expect_status 0 && expect_out slept
bactrian run --timeout 180 --arch riscv64 --package picos_mux.fifo --package picos_std.structured one.ml
expect_status 0 && expect_out slept

# Another picos, beside the compiler.
compiler=$("${BACTRIAN%/*}/toolchain/provide" ocaml 2>err) || skip "no private compiler: $(tail -1 err)"
mkdir other using
printf '(lang dune 3.0)\n(package (name picos))\n' >other/dune-project
echo '(library (name picos) (public_name picos))' >other/dune
echo 'let whose = "the switch'\''s"' >other/picos.ml
(cd other && PATH=$compiler/bin:$PATH && dune build --root . @install && dune install --root . --prefix "$PWD/../switch") >out 2>err ||
  fails "the other picos does not build"
echo '(lang dune 3.0)' >using/dune-project
echo '(executable (name main) (libraries picos))' >using/dune
echo 'let () = print_endline Picos.whose' >using/main.ml
export OCAMLPATH=$PWD/switch/lib
bactrian run --target hosted --compiler "$compiler" using
expect_status 0 && expect_out "the switch's"
bactrian run --target hosted --compiler "$compiler" --package picos using/main.ml
expect_status 0 && expect_out "the switch's"
# What was made for our picos is not mixed with it.
bactrian run --target hosted --compiler "$compiler" project
expect_status 125 && expect_err 'Library "picos_' && expect_err '" not found'
