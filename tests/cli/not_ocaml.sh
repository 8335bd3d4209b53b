#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Files and folders that hold no OCaml program.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

echo 'print("hello")' >prog.py
bactrian run prog.py
expect_status 125 && expect_err prog.py && expect_err OCaml && expect_remedy

head -c 4096 /dev/urandom >noise
bactrian run noise
expect_status 125 && expect_err noise && expect_remedy

: >empty
bactrian run empty
expect_status 125 && expect_err empty && expect_remedy

mkdir folder
bactrian run folder
expect_status 125 && expect_err folder && expect_err dune && expect_remedy
