# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the scripts of this folder share. Each runs `bactrian` as a person would, looks at its status and at
# what it said, and fails with an explanation. $BACTRIAN is the launcher; the working folder is the test's own.

fails() { # EXPLANATION: the test has failed
  echo "$1"
  echo "--- status ${status-}; stdout:" && head -c 2000 out
  echo "--- stderr:" && tail -c 4000 err
  exit 1
}

skip() { # REASON
  echo "$1"
  exit 77
}

# Runs the launcher with the arguments; leaves $status and the files out and err.
bactrian() {
  status=0
  "$BACTRIAN" "$@" >out 2>err || status=$?
}

# Programs with fixed names in /tmp run here one after another, whichever checkouts they are of. They are not to have descriptor 9.
begin_alone() {
  exec 9>"/tmp/bactrian-$1-$UID.lock"
  flock 9
}
end_alone() { exec 9>&-; }

expect_status() { [ "$status" = "$1" ] || fails "status $status, not $1"; }
expect_out() { [ "$(cat out)" = "$1" ] || fails "stdout is not '$1'"; }
expect_err() { grep -qF -- "$1" err || fails "stderr does not say '$1'"; }
expect_no_err() { ! grep -qF -- "$1" err || fails "stderr says '$1'"; }
# An error for people: says what, and what to do about it.
expect_remedy() { grep -q '^  to fix: ..*' err || fails "no remedy on stderr"; }

# From here on QEMU is a program that plays the guest: FAKE_GUEST holds its script (tools/run/testing). The
# file image is one that it can be booted with.
use_fake_guest() {
  export BACTRIAN_QEMU=$FAKE_GUEST_PROGRAM
  make_image image
}

byte() { printf '%b' "\\x$1"; }
bytes() { local b; for b in "$@"; do byte "$b"; done; }

# The smallest file that passes for an image: ELF and program headers, a PVH note, the link's mark.
make_image() { # FILE
  {
    bytes 7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00 02 00 3e 00 01 00 00 00 40 00 20 00 00 00 00 00
    bytes 40 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 40 00 38 00 02 00 00 00 00 00 00 00
    local type
    for type in 01 04; do # a segment to load and a note, both the bytes at 0xb0, at 0x200000
      bytes "$type" 00 00 00 05 00 00 00 b0 00 00 00 00 00 00 00 00 00 20 80 ff ff ff ff
      bytes 00 00 20 00 00 00 00 00 14 00 00 00 00 00 00 00 14 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00
    done
    bytes 04 00 00 00 04 00 00 00 12 00 00 00 && printf 'Xen\0' && bytes 40 00 20 00
    printf '\0\377BACTRIAN-LINK1'
  } >"$1"
}

# Whether a process has the text in one of its arguments.
running() { # TEXT
  local file word
  for file in /proc/[0-9]*/cmdline; do
    while IFS= read -r -d '' word; do
      if [[ $word == *"$1"* ]]; then return 0; fi
    done 2>/dev/null <"$file" || true
  done
  return 1
}

# Waits until the condition holds (a command) or fails after a minute or two (a hang detector).
wait_until() { # COMMAND...
  local tries
  for ((tries = 0; tries < 1200; tries++)); do
    "$@" && return 0
    sleep 0.1
  done
  fails "waited in vain for: $*"
}
