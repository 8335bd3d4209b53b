#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a run ends with, and that its streams stay apart. The guest is played.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

use_fake_guest
for code in 0 1 2 127 255; do
  FAKE_GUEST="noise SeaBIOS mark hello log logged out to-out err to-err exit $code 0" bactrian run image
  expect_status $code
  expect_out to-out
  [ "$(cat err)" = to-err ] || fails "stderr is more than the program's"
done

FAKE_GUEST="noise SeaBIOS mark hello log logged report {\"calls\":{\"fork\":3}} exit 0 0" bactrian run --verbose image
expect_status 0
expect_err SeaBIOS && expect_err logged && expect_err fork

FAKE_GUEST="mark hello alert panic:-it-broke exit 0 1" bactrian run image
expect_status 70 && expect_err panic:-it-broke
FAKE_GUEST="mark hello log last-words out x" bactrian run image
expect_status 70 && expect_err "without an exit status" && expect_err last-words
FAKE_GUEST="mark hello hang-hard" bactrian run --timeout 0.5 image
expect_status 124 && expect_err "time limit"
FAKE_GUEST="say bad-machine die 1" bactrian run image
expect_status 125 && expect_err bad-machine

# Standard input: a file, nothing at all, closed.
seq 20000 >numbers
FAKE_GUEST="mark hello echo exit 0 0" bactrian run image <numbers
expect_status 0
cmp -s numbers out || fails "stdin did not come through"
FAKE_GUEST="mark hello echo exit 0 0" bactrian run image </dev/null
expect_status 0 && expect_out ""
FAKE_GUEST="mark hello echo exit 0 0" bactrian run image <&-
expect_status 0 && expect_out ""

# A reader that goes away ends the run, quietly.
export FAKE_GUEST="mark hello flood 5000000 hang"
status=0
("$BACTRIAN" run image 2>err || echo $? >first) | head -c 10 >out
[ "$(cat first)" = 141 ] || fails "status $(cat first) with a closed pipe"
[ ! -s err ] || fails "a closed pipe is not worth a message"
# A full disk is.
"$BACTRIAN" run image 2>err >/dev/full || status=$?
expect_status 125 && expect_err "No space left"
