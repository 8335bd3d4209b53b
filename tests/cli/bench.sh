#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Figures are kept in a file, and a later run goes on from there.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

bactrian bench --resume
expect_status 125 && expect_err "none is named" && expect_remedy
echo '{"figures": 3}' >damaged
bactrian bench --resume --output damaged
expect_status 125 && expect_err "damaged: this is not what" && expect_remedy
bactrian bench --filter no_such_figure
expect_status 125 && expect_err "no figure's name holds 'no_such_figure'" && expect_err nbody && expect_remedy
bactrian bench --rounds 0
expect_status 125 && expect_err "--rounds" && expect_remedy

bactrian bench --filter size --json --output figures
expect_status 0
expect_out "$(cat figures)"
grep -q '"unit": "KiB"' figures || fails "no size among the figures"
