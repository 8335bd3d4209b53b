#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# ELF files that are not ours, and images of ours that were damaged.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

bactrian run /bin/true
expect_status 125 && expect_err "not an image made by bactrian" && expect_remedy

echo 'let () = print_endline "here"' >prog.ml
bactrian build --target hosted prog.ml -o image
expect_status 0
bactrian run image
expect_status 0 && expect_out here
head -c 100000 image >shorter
bactrian run shorter
expect_status 125 && expect_err shorter && expect_remedy
