#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The example programs, and the size of the smallest: at most 1 MiB (x86_64), stripped of all that only a debugger
# reads; `strip` alone leaves .eh_frame, which is not loaded.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

examples=${BACTRIAN%/*}/examples
bactrian build "$examples/hello.ml" -o hello
expect_status 0
strip --remove-section=.eh_frame -o stripped hello
size=$(stat -c %s stripped)
[ "$size" -le 1048576 ] || fails "hello has $size bytes, over 1 MiB"

bactrian run --timeout 120 "$examples/hello.ml"
expect_status 0 && expect_out "Hello from OCaml"
printf 'The cat, the dog.\n\nDon'"'"'t stop\n' >text
bactrian run --timeout 120 --file text "$examples/wordcount" -- --top 1 text
expect_status 0 && expect_out $'3 lines, 6 words, 30 bytes\n     2 the'
