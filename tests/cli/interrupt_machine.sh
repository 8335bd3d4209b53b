#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Ctrl-C, the time limit and a killed tool end a program that runs for ever on a real machine, QEMU included.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

printf 'let () =\n  print_endline "running";\n  while true do ignore (Sys.opaque_identity 1) done\n' >loop.ml
bactrian build loop.ml
expect_status 0

bactrian run --timeout 20 loop.ml
expect_status 124 && expect_out running && expect_err "time limit"

printed() { [ "$(cat out)" = running ]; }
gone() { ! running "$PWD/bactrian-run"; }
for number in INT TERM KILL; do
  : >out
  env --default-signal=INT "$BACTRIAN" run loop.ml >out 2>err &
  wait_until printed
  running "$PWD/bactrian-run" || fails "no QEMU is running"
  kill -s $number $!
  status=0
  wait $! || status=$?
  [ $number = KILL ] || expect_status 130
  wait_until gone
done
