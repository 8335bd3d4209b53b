#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# build_core.sh ARCH FOLDER: compiles the library's core and volume.cc, its interface for C, into FOLDER/core.o: for programs on
# x86_64, aarch64 or riscv64. Declarations are those of the compiler's own C library, of which it uses what is everywhere the same.
set -euo pipefail

arch=$1 work=$2
here=$(cd -- "$(dirname -- "$0")" && pwd)
library=$(dirname -- "$here")
prefix=
[ "$arch" = "$(uname -m)" ] || prefix=$arch-linux-gnu-
case $arch in
  x86_64) flags=(-mcmodel=kernel -mno-red-zone -fcf-protection=none) ;;
  aarch64) flags=(-mno-outline-atomics -mstrict-align) ;;
  riscv64) flags=(-march=rv64gc -mabi=lp64d -mcmodel=medany) ;;
  *) echo "no such architecture: $arch" >&2; exit 125 ;;
esac
flags+=(-O2 -std=gnu++20 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
  -fno-stack-protector -fno-pic -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wall -Wextra
  -Wno-missing-field-initializers "-I$library/include" "-I$library")

mkdir -p "$work"
printf '%s\0' "$library"/core/*.cc "$here/volume.cc" |
  xargs -0 -P "$(nproc)" -I{} bash -c '"${@:3}" -c "$1" -o "$2/$(basename "$1" .cc)-cc.o" || exit 255' \
    compile {} "$work" "${prefix}g++" "${flags[@]}"
"${prefix}ld" -r -o "$work/core.o" "$work"/*-cc.o
