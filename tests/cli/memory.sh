#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Impossible sizes of memory are refused before anything is built or booted.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

echo 'let () = print_endline "never"' >prog.ml
use_fake_guest
export FAKE_GUEST="die 77"
for program in prog.ml image; do
  bactrian run --memory 1M $program
  expect_status 125 && expect_err "--memory 1 MiB is too small" && expect_err "at least" && expect_remedy
  bactrian run --memory 64T $program
  expect_status 125 && expect_err "--memory 64 TiB is more than this computer has" && expect_remedy
done
for wrong in lots 12X 1.2.3Q "" -5M; do
  bactrian run "--memory=$wrong" prog.ml
  expect_status 125
  expect_remedy
done
# Enough for the image, not for the files given with it.
head -c 8M /dev/zero >big
bactrian run --memory 8M --file big image
expect_status 125 && expect_err "too small for this image" && expect_err "at least"
