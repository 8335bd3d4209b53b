#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Compilers that do not fit, and why.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

echo 'let () = print_endline "here"' >prog.ml

fake() { # LINE...: bin/ocamlopt with these lines in its -config
  mkdir -p bin
  { echo '#!/bin/sh' && printf 'echo "%s"\n' "architecture: amd64" "system: linux" "$@"; } >bin/ocamlopt
  chmod +x bin/ocamlopt
}

refused() { # REASON LINE...
  local reason=$1
  shift
  fake "$@"
  bactrian run --compiler bin/ocamlopt prog.ml
  expect_status 125 && expect_err "$reason" && expect_remedy
  bactrian doctor --compiler bin
  [ "$status" != 0 ] || fails "doctor says that it fits"
  grep -qF -- "$reason" out err || fails "doctor does not say '$reason'"
}

refused "5.1 or newer" "version: 4.14.2"
refused "thread sanitizer" "version: 5.4.1" "tsan: true"
refused "stack checks" "version: 5.2.0+ox" "no_stack_checks: true"
refused "arm64" "version: 5.4.1" "architecture: arm64"
refused "ELF" "version: 5.4.1" "system: macosx"

# One in PATH that is too old is passed over.
fake "version: 4.14.2"
PATH=$PWD/bin:$PATH bactrian run --target hosted prog.ml
expect_status 0 && expect_out here && expect_err "not using the compiler in PATH"

bactrian run --compiler /bin/true prog.ml
expect_status 125 && expect_err "no OCaml native compiler" && expect_remedy
bactrian run --compiler no/such/thing prog.ml
expect_status 125 && expect_err "no such compiler" && expect_remedy

# And one that fits.
compiler=$("${BACTRIAN%/*}/toolchain/provide" ocaml 2>err) || skip "no private compiler: $(tail -1 err)"
bactrian doctor --compiler "$compiler"
expect_status 0
grep -q "smoke test: passed" out || fails "doctor tells of no smoke test"
