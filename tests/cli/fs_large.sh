#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Large things in little memory: an image of 300 MB and one of 1 TiB. What is measured is memory, and what was read: no times.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

bactrian fs --help # which builds it
within() { # MIB COMMAND...: fails when the command, or one that it ran, had more memory resident
  local most=$1
  shift
  status=0
  python3 - "$most" "$@" >out 2>err <<'PYTHON' || status=$?
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"{mib:.0f} MiB resident", file=sys.stderr)
sys.exit(status or (98 if mib >= int(sys.argv[1]) else 0))
PYTHON
  [ "$status" != 98 ] || fails "more than $most MiB: $*"
}

mkdir tree
head -c 300000000 /dev/urandom >tree/data
within 64 "$BACTRIAN" fs make big.img --from tree --size 400M
expect_status 0
within 64 "$BACTRIAN" fs check big.img
expect_status 0
within 64 "$BACTRIAN" fs get big.img /data back
expect_status 0
cmp tree/data back
rm back big.img
tar -C tree -cf tree.tar data
rm -r tree
within 64 "$BACTRIAN" fs make big.img --from tree.tar --size 400M
expect_status 0
bactrian fs check --quick big.img
expect_status 0
rm big.img tree.tar

# A device's size costs nothing.
within 64 "$BACTRIAN" fs make huge.img --size 1T
expect_status 0
[ "$(du -m huge.img | cut -f1)" -le 2 ] || fails "an empty file system takes $(du -h huge.img)"
within 64 "$BACTRIAN" fs mkdir huge.img /folder
expect_status 0
within 64 "$BACTRIAN" fs check huge.img
expect_status 0
