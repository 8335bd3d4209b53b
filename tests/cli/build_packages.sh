#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The user's own compiler (a distribution's, fortified) with packaged libraries that have C stubs, on both targets.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

compiler=$("${BACTRIAN%/*}/toolchain/provide" ocaml-with-libs 2>err) || skip "no packaged libraries: $(tail -1 err)"
cat >libs.ml <<'TEXT'
let () =
  print_endline Bigstringaf.(to_string (of_string ~off:1 ~len:3 "hello"));
  print_endline (Sha256.to_hex (Sha256.string "abc"));
  Format.printf "%a@." Checkseum.Crc32.pp Checkseum.Crc32.(digest_string "123456789" 0 9 default);
  Printf.printf "%b\n" (Mtime.Span.compare (Mtime_clock.elapsed ()) Mtime.Span.zero > 0)
TEXT
expected='ell
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
3421780262
true'
packages=(--package bigstringaf --package sha --package mtime.clock.os --package checkseum.c)
bactrian run --target hosted --compiler "$compiler" "${packages[@]}" libs.ml
expect_status 0 && expect_out "$expected"
bactrian run --timeout 120 --compiler "$compiler" "${packages[@]}" libs.ml
expect_status 0 && expect_out "$expected"

# The same by dune, with the compiler that is first in PATH.
mkdir project
echo '(lang dune 3.0)' >project/dune-project
echo '(executable (name main) (libraries bigstringaf sha mtime.clock.os checkseum.c))' >project/dune
cp libs.ml project/main.ml
PATH=$compiler/bin:$PATH bactrian run --timeout 120 project
expect_status 0 && expect_out "$expected"

bactrian run --compiler "$compiler" --package no_such_package libs.ml
expect_status 125 && expect_err no_such_package && expect_remedy
bactrian run --compiler "$compiler" libs.ml
expect_status 125 && expect_err "Unbound module" && expect_err "--package"
