#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# build.sh ARCH FOLDER [FLAG...]: compiles services.cc and what it uses of lz4, mbedtls and argon2 (pinned by
# toolchain/versions.lock) into FOLDER/services.o. ARCH: x86_64, aarch64 or riscv64, without an operating system, with the C library's
# headers for their declarations; or host, for the tests.
set -euo pipefail

arch=$1 work=$2
here=$(cd -- "$(dirname -- "$0")" && pwd)
library=$(dirname -- "$here")
provide=$(dirname -- "$library")/toolchain/provide
shift 2

lz4=$("$provide" sources lz4 | tail -1)
mbedtls=$("$provide" sources mbedtls | tail -1)
argon2=$("$provide" sources argon2 | tail -1)
flags=(-O2 -fno-stack-protector -DLZ4_FREESTANDING=1 -DLZ4_memcpy=memcpy -DLZ4_memmove=memmove -DLZ4_memset=memset -DARGON2_NO_THREADS
  -Dmalloc=redoxfs_no_malloc -Dfree=redoxfs_no_free "-DMBEDTLS_CONFIG_FILE=\"$here/mbedtls_config.h\""
  -I"$lz4/lib" -I"$mbedtls/include" -I"$mbedtls/library" -I"$argon2/include" -I"$argon2/src" -I"$library/include" -I"$library")
prefix=
headers=() plain=()
case $arch in
  host) ;;
  x86_64) flags+=(-mcmodel=kernel -mno-red-zone -fcf-protection=none) ;;
  aarch64) flags+=(-mno-outline-atomics -mstrict-align -Dgetauxval=redoxfs_getauxval) ;;
  riscv64) flags+=(-march=rv64gc -mabi=lp64d -mcmodel=medany) ;;
  *) echo "no such architecture: $arch" >&2; exit 125 ;;
esac
if [ "$arch" != host ]; then
  [ "$arch" = "$(uname -m)" ] || prefix=$arch-linux-gnu-
  musl=$("$provide" musl "$arch" | tail -1)
  flags+=(-ffreestanding -fno-pic)
  plain=(-fno-exceptions -fno-rtti)
  headers=(-nostdinc -isystem "$("${prefix}gcc" -print-file-name=include)" -isystem "$musl/include")
fi
flags+=("$@")

mkdir -p "$work"
for source in "$lz4/lib/lz4.c" "$mbedtls"/library/{aes,aesni,aesce,platform_util,constant_time}.c "$argon2"/src/{core,ref,blake2/blake2b}.c; do
  "${prefix}gcc" -c -w "${flags[@]}" "${headers[@]}" "$source" -o "$work/$(basename "$source" .c).o"
done
for source in services missing; do
  "${prefix}g++" -c -std=gnu++20 "${plain[@]}" -Wall -Wextra -Wno-missing-field-initializers "${flags[@]}" \
    -Umalloc -Ufree "$here/$source.cc" -o "$work/$source-cc.o"
done
"${prefix}ld" -r -o "$work/services.o" "$work"/{lz4,aes,aesni,aesce,platform_util,constant_time,core,ref,blake2b,services-cc,missing-cc}.o
