#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A .ml file and a dune project for the other architectures.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

examples=${BACTRIAN%/*}/examples
echo one two two >text
for arch in aarch64 riscv64; do
  bactrian run --timeout 180 --arch $arch "$examples/hello.ml"
  expect_status 0 && expect_out "Hello from OCaml"
  bactrian run --timeout 180 --arch $arch --file text "$examples/wordcount" -- --top 1 text
  expect_status 0 && expect_out $'1 lines, 3 words, 12 bytes\n     2 two'
  # A compiler for another processor does not fit.
  if compiler=$(command -v ocamlopt); then
    bactrian run --arch $arch --compiler "$compiler" "$examples/hello.ml"
    expect_status 125 && expect_err "cross compiler" && expect_remedy
  fi
done
