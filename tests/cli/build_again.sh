#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A second build makes nothing again; a change is noticed. Nothing is left beside the sources.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

echo "let () = print_endline \"$$ once\"" >prog.ml
bactrian run --target hosted --verbose prog.ml
expect_status 0 && expect_err ocamlopt && expect_out "$$ once"
bactrian run --target hosted --verbose prog.ml
expect_status 0 && expect_no_err ocamlopt && expect_no_err linux-gnu-ld
echo "let () = print_endline \"$$ twice\"" >prog.ml
bactrian run --target hosted prog.ml
expect_status 0 && expect_out "$$ twice"

mkdir -p project/lib
echo '(lang dune 3.0)' >project/dune-project
echo '(executable (name main) (libraries answer))' >project/dune
echo '(library (name answer))' >project/lib/dune
echo "let answer = \"$$ one\"" >project/lib/answer.ml
echo 'let () = print_endline Answer.answer' >project/main.ml
bactrian run --target hosted --verbose project
expect_status 0 && expect_out "$$ one" && expect_err linux-gnu-ld
bactrian run --target hosted --verbose project
expect_status 0 && expect_out "$$ one" && expect_no_err linux-gnu-ld
echo "let answer = \"$$ two\"" >project/lib/answer.ml
bactrian run --target hosted project
expect_status 0 && expect_out "$$ two"

status=0
left=$(find . -name _build -o -name '*.cm*' -o -name '*.o')
[ -z "$left" ] || fails "files were left: $left"
