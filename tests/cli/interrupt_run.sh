#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Ctrl-C and a kill end a run with status 130, and QEMU with it.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

use_fake_guest
for script in "mark hello out ready hang" "mark hello out ready hang-hard" "noise x hang"; do
  for number in INT TERM; do
    # A job of a script starts with SIGINT ignored; env gives it back.
    FAKE_GUEST=$script env --default-signal=INT "$BACTRIAN" run image >out 2>err &
    wait_until running "$PWD/bactrian-run"
    kill -s $number $!
    status=0
    wait $! || status=$?
    expect_status 130
    expect_err interrupted
    if running "$PWD/bactrian-run"; then fails "QEMU is left"; fi
  done
done

# Even when we are killed without a chance to say goodbye.
FAKE_GUEST="mark hello out ready hang-hard" "$BACTRIAN" run image >out 2>err &
wait_until running "$PWD/bactrian-run"
kill -KILL $!
wait $! || true
gone() { ! running "$PWD/bactrian-run"; }
wait_until gone
