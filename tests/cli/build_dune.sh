#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A dune project with what real ones have: a library with C stubs, a program that generates code (it runs while
# building, so it must not become an image), the unix and threads libraries, a test.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

mkdir -p project/{bin,lib,gen,test}
echo '(lang dune 3.0)' >project/dune-project
cat >project/lib/dune <<'TEXT'
(library
 (name stubs)
 (foreign_stubs
  (language c)
  (names stubs)
  (flags (:standard -O2 -D_FORTIFY_SOURCE=2))))
TEXT
cat >project/lib/stubs.c <<'TEXT'
#include <caml/alloc.h>
#include <caml/mlvalues.h>
#include <stdio.h>
#include <stdlib.h>

value stubs_text(value n) {
  char text[64];
  snprintf(text, sizeof text, "%ld and %ld", Long_val(n), strtol("0x10", NULL, 0));
  return caml_copy_string(text);
}
TEXT
echo 'external text : int -> string = "stubs_text"' >project/lib/stubs.ml
echo '(executable (name make))' >project/gen/dune
echo 'let () = print_string "let answer = 42\n"' >project/gen/make.ml
cat >project/bin/dune <<'TEXT'
(rule (with-stdout-to generated.ml (run ../gen/make.exe)))
(executable (name main) (libraries stubs unix threads.posix))
TEXT
cat >project/bin/main.ml <<'TEXT'
let () =
  Printf.printf "%s, %d, %b\n%!" (Stubs.text 7) Generated.answer (Unix.getpid () > 0);
  Thread.join (Thread.create print_endline "thread")
TEXT
echo '(test (name t) (libraries stubs))' >project/test/dune
echo 'let () = assert (Stubs.text 1 <> "")' >project/test/t.ml

# The generator is an executable too.
bactrian run project
expect_status 125 && expect_err bin/main.exe && expect_err gen/make.exe && expect_remedy

bactrian run --target hosted project/bin/main.exe
expect_status 0 && expect_out $'7 and 16, 42, true\nthread'
bactrian run --timeout 120 project/bin/main.exe
expect_status 0 && expect_out $'7 and 16, 42, true\nthread'
bactrian run --target hosted project/gen/make.exe
expect_status 0 && expect_out 'let answer = 42'
bactrian run project/bin/other.exe
expect_status 125 && expect_err "no such executable" && expect_remedy
