#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Passwords of `bactrian fs`: asked for on the terminal, which does not show them; changed, added, taken away.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"
unset BACTRIAN_FS_PASSWORD BACTRIAN_FS_NEW_PASSWORD

bactrian fs --help # which builds it: the prompts below have a time limit
typed() { # [PROMPT=ANSWER]... -- FS-COMMAND...: leaves $status and out
  local steps=()
  while [ "$1" != -- ]; do steps+=("$1") && shift; done
  shift
  status=0
  python3 "${BASH_SOURCE[0]%/*}/_terminal.py" "${steps[@]}" -- "$BACTRIAN" fs "$@" >out 2>err || status=$?
  ! grep -qE 'camel|llama|alpaca|vicuna' out || fails "the terminal shows a password"
}
expect_shown() { grep -qF -- "$1" out || fails "the terminal does not show '$1'"; }
opens() { # PASSWORD
  BACTRIAN_FS_PASSWORD=$1 bactrian fs ls e.img
  expect_status 0
}
refuses() {
  BACTRIAN_FS_PASSWORD=$1 bactrian fs ls e.img
  expect_status 1 && expect_err "wrong password" && expect_remedy
}

# A new one is asked for twice.
typed "new password: =camel" "new password again: =llama" -- make e.img --encrypt --size 8M
[ "$status" != 0 ] && expect_shown "the two passwords differ"
[ ! -e e.img ] || fails "an image without a password was made"
typed "new password: =" -- make e.img --encrypt --size 8M
[ "$status" != 0 ] && expect_shown "an empty password is none"
typed "new password: =camel" "new password again: =camel" -- make e.img --encrypt --size 8M
expect_status 0

# An existing one once; of a plain image never.
typed "password of e.img: =camel" -- mkdir e.img /oasis
expect_status 0
typed "password of e.img: =llama" -- ls e.img
expect_status 1 && expect_shown "wrong password"
typed "password of e.img: =camel" -- ls e.img
expect_status 0 && expect_shown oasis
typed "password of e.img: =camel" -- check e.img
expect_status 0 && expect_shown "all good"
bactrian fs make plain.img --size 8M
typed -- ls plain.img
expect_status 0

# Without a terminal nobody is asked.
status=0
setsid -w "$BACTRIAN" fs ls e.img </dev/null >out 2>err || status=$?
[ "$status" != 0 ] && expect_err "there is no terminal to ask on" && expect_remedy
BACTRIAN_FS_PASSWORD='' bactrian fs ls e.img
[ "$status" != 0 ] && expect_err "BACTRIAN_FS_PASSWORD is empty" && expect_remedy

# Changed: the old one is gone.
typed "old password: =camel" "new password: =llama" "new password again: =llama" -- passwd e.img
expect_status 0
refuses camel
opens llama
typed "old password: =camel" -- passwd e.img
expect_status 1 && expect_shown "wrong password"

# Added: both open it. Taken away: the others stay, and the last one cannot go.
typed "old password: =llama" "new password: =alpaca" "new password again: =alpaca" -- passwd --add e.img
expect_status 0
BACTRIAN_FS_PASSWORD=alpaca BACTRIAN_FS_NEW_PASSWORD=vicuna bactrian fs passwd --add e.img
expect_status 0
opens llama
opens alpaca
opens vicuna
typed "password to keep: =alpaca" "password to remove: =llama" -- passwd --remove e.img
expect_status 0
refuses llama
opens alpaca
opens vicuna
BACTRIAN_FS_PASSWORD=alpaca BACTRIAN_FS_NEW_PASSWORD=llama bactrian fs passwd --remove e.img
expect_status 1 && expect_err "wrong password"
BACTRIAN_FS_PASSWORD=alpaca BACTRIAN_FS_NEW_PASSWORD=alpaca bactrian fs passwd --remove e.img
expect_status 1 && expect_err "this is the password to keep" && expect_remedy
BACTRIAN_FS_PASSWORD=alpaca BACTRIAN_FS_NEW_PASSWORD=vicuna bactrian fs passwd --remove e.img
expect_status 0
opens alpaca
bactrian fs passwd --add --remove e.img
expect_status 125
BACTRIAN_FS_PASSWORD=alpaca bactrian fs check e.img
expect_status 0

# There is no encryption to be added to a plain one, and no password on the command line.
BACTRIAN_FS_PASSWORD=camel BACTRIAN_FS_NEW_PASSWORD=llama bactrian fs passwd plain.img
expect_status 1 && expect_err "is not encrypted" && expect_remedy
bactrian fs ls e.img --password alpaca
expect_status 125
