#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# run --gdb: the printed line attaches, with symbols for the nucleus, the C library and OCaml.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

command -v gdb-multiarch >/dev/null || skip "gdb-multiarch is not installed"
echo 'let () = print_endline "debugged"' >prog.ml
bactrian build prog.ml
expect_status 0

"$BACTRIAN" run --gdb prog.ml >out 2>err &
printed() { grep -q gdb-multiarch err; }
wait_until printed
# QEMU makes the socket shortly after the line is printed.
listening() { [ -S "$(grep -o "[^ ]*/gdb" err)" ]; }
wait_until listening
eval "$(grep gdb-multiarch err) -batch -ex 'hbreak camlProg.entry' -ex continue -ex backtrace -ex 'info line caml_main' \
  -ex 'info address write' -ex continue" >gdb.log 2>&1 </dev/null || true
wait $! || { cat gdb.log; fails "the run failed"; }
expect_out debugged
for text in "Temporary breakpoint 1" "camlProg.entry ()" "caml_main" 'Symbol "write" is'; do
  grep -qF -- "$text" gdb.log || { cat gdb.log; fails "gdb does not say '$text'"; }
done
