#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A project with two executables: which one is meant?
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

mkdir project
echo '(lang dune 3.0)' >project/dune-project
echo '(executables (names one two))' >project/dune
echo 'let () = print_endline "one"' >project/one.ml
echo 'let () = print_endline "two"' >project/two.ml
bactrian run project
expect_status 125
expect_err one
expect_err two
expect_remedy
