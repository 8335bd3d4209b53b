#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
# An OCaml 5.4.1 built from its source with this machine's gcc and glibc, as an opam switch is.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

compiler=$(BACTRIAN_OCAML_FROM_SOURCE=1 "${BACTRIAN%/*}/toolchain/provide" ocaml 2>err) ||
  skip "no OCaml from source: $(tail -1 err)"
bactrian doctor --compiler "$compiler"
expect_status 0
bactrian run --timeout 120 --compiler "$compiler" "${BACTRIAN%/*}/tools/build/smoke.ml"
expect_status 0 && expect_out "smoke test passed"
