#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# freestanding.sh ARCH [OBJECT]: compiles the core as the nucleus is compiled for ARCH, and looks at what it needs from
# outside: nothing but the memory functions that a compiler may always call, and libgcc's counting of zero bits. OBJECT
# is where the whole core is put.
set -euo pipefail

arch=$1
core=$(dirname -- "$0")/../core
prefix=
[ "$arch" = "$(uname -m)" ] || prefix=$arch-linux-gnu-
case $arch in
  x86_64) flags=(-mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none) ;;
  aarch64) flags=(-mgeneral-regs-only -mno-outline-atomics -mstrict-align) ;;
  riscv64) flags=(-march=rv64gc -mabi=lp64d -mcmodel=medany) ;;
  *) echo "no such architecture: $arch"; exit 1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for source in "$core"/*.cc; do
  "${prefix}g++" -c -O1 -std=gnu++20 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics \
    -fno-use-cxa-atexit -fno-stack-protector -fno-pic -Werror -Wall -Wextra -Wno-missing-field-initializers \
    "${flags[@]}" -I"$core/../include" -I"$core/.." "$source" -o "$work/$(basename "$source" .cc).o"
done
"${prefix}ld" -r -o "$work/all.o" "$work"/*.o
wanted=$("${prefix}nm" -u -C "$work/all.o" | sed 's/^ *U //' | grep -vxE 'memcpy|memmove|memset|memcmp|memchr|strlen|__clzdi2|__ctzdi2' || true)
[ -z "$wanted" ] || { echo "the core needs from outside:"; echo "$wanted"; exit 1; }
constructors=$("${prefix}objdump" -h "$work/all.o" | grep -E '\.(init_array|ctors)' || true)
[ -z "$constructors" ] || { echo "the core has global constructors"; exit 1; }
[ -z "${2-}" ] || cp "$work/all.o" "$2"
echo "$("${prefix}size" -t "$work/all.o" | tail -1 | awk '{ print $4 }') bytes"
