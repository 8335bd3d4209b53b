#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# C stubs that want what the C library lacks: the error names the name and the object that wants it.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

mkdir project
echo '(lang dune 3.0)' >project/dune-project
cat >project/dune <<'TEXT'
(executable
 (name main)
 (foreign_stubs (language c) (names wants)))
TEXT
cat >project/wants.c <<'TEXT'
#include <caml/mlvalues.h>
extern int of_no_library(void);
value wants(value unit) { (void)unit; return Val_int(of_no_library()); }
TEXT
echo 'external wants : unit -> int = "wants" let () = print_int (wants ())' >project/main.ml
bactrian run --target hosted project
expect_status 125 && expect_err "of_no_library, wanted by" && expect_err wants.o && expect_remedy

# A library of the system that is not installed.
cat >project/dune <<'TEXT'
(executable
 (name main)
 (link_flags (-cclib -lof_no_package))
 (foreign_stubs (language c) (names wants)))
TEXT
bactrian run --target hosted project
expect_status 125 && expect_err "of_no_package" && expect_remedy
