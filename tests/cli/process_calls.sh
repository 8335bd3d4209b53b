#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Each system call, with good arguments and with bad ones: a process is answered what Linux answers here, but for the lines of
# process/calls/differences.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
here=$root/tests/cli/process/calls

begin_alone calls
bactrian run --target hosted --timeout 120 "$here" 9>&-
end_alone
expect_status 0
[ "$(wc -l <out)" -gt 2500 ] || fails "the calls on Linux: $(wc -l <out) lines"
cp out all
grep -v '^#' "$here/differences" | grep . | sort >all_allowed

# Every call that the tender knows is there. (Those of x86_64 alone are "old".)
sed -n 's/^    (\([A-Z][a-z0-9_]*\), .*/\L\1/p' "$root/lib/process/calls.ml" | sort >known
[ "$(wc -l <known)" -gt 100 ] || fails "the tender's calls: $(wc -l <known)"
sed 's/^old //; s/[ :].*//' all | sort -u >made
comm -23 known made >missing
[ ! -s missing ] || fails "calls that are not compared: $(cat missing)"

for arch in x86_64 aarch64 riscv64; do
  without=nothing
  [ $arch = x86_64 ] || without='old '
  grep -v "^$without" all >expected
  grep -v "^$without" all_allowed >allowed
  bactrian run --as process --arch $arch --timeout 240 "$here"
  expect_status 0
  [ "$(wc -l <out)" = "$(wc -l <expected)" ] || fails "$arch: $(wc -l <out) lines"
  diff expected out | sed -n 's/^> //p' | sort >different
  diff allowed different >difference || fails "$arch differs (<: not any more, >: newly): $(cat difference)"
done
