#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The launcher: from any folder, through a link; a cache that cannot be written or has no room; an interrupted
# first start. For the starts that build it is given a checkout with a tool of one line.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

ln -s "$BACTRIAN" link
status=0
(cd / && "$OLDPWD/link" --help) >out 2>err || status=$?
expect_status 0

# The second start is quick: nothing is built, little is looked at. 1 s is far above what it takes.
start=$(date +%s%N)
bactrian --help
took=$((($(date +%s%N) - start) / 1000000))
[ $took -lt 1000 ] || fails "the second start took $took ms"

: >file
BACTRIAN_CACHE=$PWD/file/cache bactrian --help
expect_status 125 && expect_err "$PWD/file/cache" && expect_remedy

mkdir -p small/tools
cp "$BACTRIAN" small/
cp "${BACTRIAN%/*}/tools/packages" small/tools/
cat >small/tools/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(small CXX)
add_custom_command(OUTPUT slow.h COMMAND sh -c "test -e $ENV{HURRY} || sleep 1000" COMMAND touch slow.h VERBATIM)
add_executable(bactrian main.cc slow.h)
END
echo 'int main(int count, char**) { return count; }' >small/tools/main.cc
BACTRIAN=$PWD/small/bactrian
export BACTRIAN_CACHE=$PWD/cache HURRY=$PWD/hurry
no_tool() { [ -z "$(find "$1" -path '*/tool/bactrian-*' -type f)" ] || fails "an unfinished tool is in place"; }

# Ctrl-C during the first build: at once, nothing left running, and the next start builds on.
setsid env --default-signal=INT "$BACTRIAN" >out 2>err &
job=$!
building() { running 'sleep 1000'; }
wait_until building
kill -INT -- "-$job"
status=0
wait $job || status=$?
expect_status 130
gone() { ! running "$PWD/cache"; }
wait_until gone
no_tool cache
: >hurry
bactrian one two
expect_status 3
expect_err building
bactrian
expect_status 1
expect_no_err building

# A tool that does not build: its errors, and what to do.
echo 'int main() { return nonsense; }' >small/tools/main.cc
bactrian
expect_status 125 && expect_err nonsense && expect_remedy
# Back at what was built before: it is still there.
echo 'int main(int count, char**) { return count; }' >small/tools/main.cc
bactrian
expect_status 1
expect_no_err building

# A full disk: said, with what to do; and no half-made tool stays.
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=64k none full 2>/dev/null; then
  trap 'umount full' EXIT
  BACTRIAN_CACHE=$PWD/full bactrian
  expect_status 125 && expect_err "full" && expect_err "BACTRIAN_CACHE" && expect_remedy
  no_tool full
fi
