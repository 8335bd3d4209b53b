#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# freestanding_services.sh ARCH: the services for machines without an operating system compile for ARCH and need nothing from outside.
# freestanding_services.sh host LIBRARY...: they do what the host's do, with the processor's AES instructions and without.
# The libraries are redoxfs' own, built with sanitizers or without.
set -euo pipefail

arch=$1
tests=$(cd -- "$(dirname -- "$0")" && pwd)
library=$(dirname -- "$tests")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shift

if [ "$arch" != host ]; then
  prefix=
  [ "$arch" = "$(uname -m)" ] || prefix=$arch-linux-gnu-
  bash "$library/freestanding/build.sh" "$arch" "$work"
  wanted=$("${prefix}nm" -u -C "$work/services.o" | awk '$1 == "U" { print $2 }' | grep -vxE 'memcpy|memmove|memset|memcmp|__clzdi2|__ctzdi2' || true)
  [ -z "$wanted" ] || { echo "the services need from outside:"; echo "$wanted"; exit 1; }
  constructors=$("${prefix}objdump" -h "$work/services.o" | grep -E '\.(init_array|ctors)' || true)
  [ -z "$constructors" ] || { echo "the services have global constructors"; exit 1; }
  case $arch in
    x86_64) instruction=aesenc ;;
    aarch64) instruction=aese ;;
    riscv64) exit 0 ;; # rv64gc has none
  esac
  # Not grep -q: pipefail would see the broken pipe.
  [ "$("${prefix}objdump" -d "$work/services.o" | grep -cw "$instruction")" -gt 0 ] || { echo "no $instruction"; exit 1; }
  exit 0
fi

sanitize=()
if nm -C "$1" 2>/dev/null | grep -c __asan >/dev/null; then sanitize=("-fsanitize=address,undefined" -fno-sanitize-recover=all); fi
g++ -c -std=gnu++20 -O1 -g1 "${sanitize[@]}" -DREDOXFS_TESTS="\"$tests\"" -I"$tests" -I"$library" -I"$library/include" \
  "$tests/freestanding_services.cc" -o "$work/test.o"
for variant in "" -DREDOXFS_PLAIN_AES; do
  # shellcheck disable=SC2086 # no word, or one
  bash "$library/freestanding/build.sh" host "$work/objects" $variant
  g++ "${sanitize[@]}" "$work/test.o" "$work/objects/services.o" "$@" -lgtest -lgtest_main -lcrypto -largon2 -llz4 -o "$work/test"
  "$work/test"
done
