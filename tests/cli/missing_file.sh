#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Programs and files that are not there.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

bactrian run no-such.ml
expect_status 125 && expect_err no-such.ml && expect_remedy
bactrian run no-such-folder/
expect_status 125 && expect_err no-such-folder && expect_remedy
bactrian build no-such.ml
expect_status 125 && expect_err no-such.ml && expect_remedy

use_fake_guest
export FAKE_GUEST="die 77"
bactrian run --file absent.txt image
expect_status 125 && expect_err absent.txt && expect_remedy
bactrian run --compiler /no/such/ocamlopt no-such.ml
expect_status 125
