#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Programs as processes print what they print on the bare machine: the hosted build, in user mode under lib/process.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

root=${BASH_SOURCE[0]%/*}/../..

cat >stops.ml <<'END'
let () =
  print_endline "before";
  match Sys.argv with
  | [| _; "code"; n |] -> exit (int_of_string n)
  | _ -> print_int (Sys.opaque_identity (Obj.magic 16 : int ref)).contents
END

for arch in x86_64 aarch64 riscv64; do
  for name in hello domains threads; do
    bactrian run --as process --arch $arch --cpus 2 --timeout 240 "$root/tests/system/$name.ml"
    expect_status 0
    cmp -s out "$root/tests/system/$name.expected" || fails "$name on $arch prints something else"
  done
  bactrian build --arch $arch --target hosted -o program stops.ml
  expect_status 0
  bactrian run --as process --timeout 120 program code 42
  expect_status 42 && expect_out before
  bactrian run --as process --timeout 120 program
  expect_status 139 && expect_out before
  head -c 1000 program >half
  bactrian run --arch $arch --timeout 120 --file half "$root/examples/process" /half
  expect_status 126 && expect_err "cut off"
done
