#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Help, and commands that are not understood.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

for words in "--help" "run --help" "build --help" "test --help" "bench --help" "lint --help" "doctor --help" "clean --help"; do
  # shellcheck disable=SC2086
  bactrian $words
  expect_status 0
  grep -q Usage out || fails "no usage text for '$words'"
done

bactrian --version
expect_status 0 && grep -qE '^bactrian [0-9a-z-]+$' out || fails "no version"

bactrian
expect_status 125 && expect_remedy
bactrian rnu prog.ml
expect_status 125 && expect_err "unknown command 'rnu'" && expect_err "did you mean 'run'"
bactrian run
expect_status 125 && expect_err PROGRAM && expect_remedy
bactrian run --no-such-flag prog.ml
expect_status 125 && expect_err "--no-such-flag" && expect_remedy
bactrian run --target moon prog.ml
expect_status 125 && expect_err "unknown target 'moon'" && expect_remedy
bactrian run --cpus 0 prog.ml
expect_status 125 && expect_err "--cpus" && expect_remedy
bactrian run --timeout -1 prog.ml
expect_status 125 && expect_err "--timeout" && expect_remedy
bactrian run --env NOVALUE prog.ml
expect_status 125 && expect_err "NOVALUE" && expect_remedy
bactrian test --shard 3/2
expect_status 125 && expect_err "3/2" && expect_remedy

bactrian run --arch vax prog.ml
expect_status 125 && expect_err "unknown architecture 'vax'" && expect_err x86_64 && expect_remedy
bactrian run --arch arm64 prog.ml
expect_status 125 && expect_err "did you mean aarch64"
