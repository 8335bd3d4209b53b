#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A program that does not compile: the compiler's own message, with the user's file and line.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

printf 'let f x =\n  x + 1\n\nlet () = print_endline (f 1)\n' >prog.ml
bactrian run prog.ml
expect_status 125
expect_err '"prog.ml", line 4'
expect_err 'type'

printf 'let () = (\n' >syntax.ml
bactrian build syntax.ml
expect_status 125
expect_err '"syntax.ml", line'

mkdir project
echo '(lang dune 3.0)' >project/dune-project
echo '(executable (name main))' >project/dune
printf 'let () =\n  print_int "two"\n' >project/main.ml
bactrian run project
expect_status 125
expect_err 'main.ml", line 2'
