#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The C and C++ stubs of lib/ are what the externals say; and the comparison sees what is not.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

compare=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/stub_prototypes.py
status=0
python3 "$compare" "${BACTRIAN%/*}/lib" >out 2>err || status=$?
expect_status 0

wrong() { # EXPLANATION EXTERNAL STUB
  rm -rf wrong && mkdir wrong
  echo "$2" >wrong/a.ml
  echo "$3" >wrong/a.c
  status=0
  python3 "$compare" wrong >out 2>err || status=$?
  expect_status 1
  grep -qF -- "$1" out || fails "it does not say '$1'"
}
wrong "f has 2 arguments, f_stub 1" 'external f : int -> int -> int = "f_stub"' $'value f_stub(value a) {\n  return a;\n}'
wrong "not intnat" 'external f : (int[@untagged]) -> int = "f_byte" "f_stub"' \
  $'value f_byte(value a) {\n  return a;\n}\nvalue f_stub(value a) {\n  return a;\n}'
wrong "no stub for bytecode" 'external f : (int[@untagged]) -> int = "f_stub"' $'value f_stub(intnat a) {\n  return a;\n}'
wrong "there is no g" 'external f : int -> int = "g"' ''
wrong "calls caml_alloc" 'external f : int -> int = "f_stub" [@@noalloc]' $'value f_stub(value a) {\n  return caml_alloc(1, 0);\n}'
wrong "is a stub of no external" 'external f : int -> int = "caml_f"' $'value f_stub(value a) {\n  return a;\n}'
