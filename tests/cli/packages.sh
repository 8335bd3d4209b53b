#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Missing Debian packages: installed where that is allowed, else the exact command is printed. apt-get,
# dpkg-query, id and sudo are played.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

root=${BACTRIAN%/*}
mkdir bin
play() { # NAME, and its body on stdin
  { echo '#!/bin/bash' && cat; } >"bin/$1"
  chmod +x "bin/$1"
}
packages() {
  status=0
  PATH=$PWD/bin:$PATH "$root/tools/packages" "$@" >out 2>err </dev/null || status=$?
}

# Every set is known, and every package has a plausible name.
"$root/tools/packages" list tool test lint gdb {build,run}-{x86_64,aarch64,riscv64} >out
if grep -qvE '^[a-z0-9][a-z0-9+.-]+$' out; then fails "a strange package name"; fi
packages list no-such-set
expect_status 125

# All there: nothing is done.
# shellcheck disable=SC2016 # expanded when it is called
play dpkg-query <<<'shift 3; for p in "$@"; do echo "installed $p"; done'
play apt-get <<<'echo "apt-get $*" >>calls; exit 100'
packages ensure run-aarch64
expect_status 0
[ ! -e calls ] || fails "apt-get was called for nothing"

# One missing, no root, no sudo: the command, and nothing is tried.
play dpkg-query <<<'echo "deinstall qemu-system-arm"; exit 1'
play id <<<'echo 1000'
play sudo <<<'exit 1'
packages ensure run-aarch64
expect_status 125
expect_err "apt-get install --no-install-recommends -y qemu-system-arm"
[ ! -e calls ] || fails "apt-get was called without the right to"

# `doctor` asks what is missing; a package that dpkg has never heard of makes dpkg-query fail.
packages missing run-aarch64
expect_status 0
expect_out qemu-system-arm

# Root, but no network: the lists are refreshed once, then the remedy.
play id <<<'echo 0'
packages ensure run-aarch64
expect_status 125 && expect_remedy && expect_err "no network"
grep -q 'apt-get update' calls || fails "the lists were not refreshed"

# Root and a network.
play apt-get <<<'echo "apt-get $*" >>calls'
packages ensure run-aarch64
expect_status 0
tail -1 calls | grep -q 'install .*qemu-system-arm' || fails "not installed"
