#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# The file system's library with its freestanding services, in programs on the bare machines: each makes, fills, reads and checks an
# encrypted file system in memory, and what lies there in the end is, byte for byte, what this host makes.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

redoxfs=$(dirname "$BACTRIAN")/redoxfs
flags=(-std=gnu++20 -O1 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-stack-protector "-I$redoxfs/include" "-I$redoxfs")

# What is wanted: by the same sources, compiled for this host.
bash "$redoxfs/freestanding/build.sh" host host -fno-rtti
echo 'void redoxfs_check(char*, unsigned long); int puts(const char*); int main(void) { static char text[4096]; redoxfs_check(text, sizeof text); return puts(text) < 0; }' >main.c
gcc -c main.c -o main.o
g++ "${flags[@]}" "$redoxfs"/core/*.cc "$redoxfs/tests/bare_check.cc" main.o host/services.o -o check
./check >wanted
if ! grep -qx 'problems 0000000000000000' wanted || ! grep -qx 'done' wanted; then cat wanted && exit 1; fi

mkdir project
echo '(lang dune 3.5)' >project/dune-project
echo '(executable (name main) (foreign_stubs (language c) (names stub)) (extra_objects check core services))' >project/dune
cat >project/stub.c <<'TEXT'
#include <caml/alloc.h>
#include <caml/mlvalues.h>

void redoxfs_check(char *, unsigned long);

value check(value unit) {
  static char text[4096];
  (void)unit;
  redoxfs_check(text, sizeof text);
  return caml_copy_string(text);
}
TEXT
echo 'external check : unit -> string = "check" let () = print_endline (check ())' >project/main.ml

for arch in x86_64 aarch64 riscv64; do
  prefix=
  [ "$arch" = "$(uname -m)" ] || prefix=$arch-linux-gnu-
  case $arch in
    x86_64) machine=(-mcmodel=kernel -mno-red-zone -fcf-protection=none) ;;
    aarch64) machine=(-mno-outline-atomics -mstrict-align) ;;
    riscv64) machine=(-march=rv64gc -mabi=lp64d -mcmodel=medany) ;;
  esac
  bash "$redoxfs/freestanding/build.sh" "$arch" "$arch"
  cp "$arch/services.o" project/
  bash "$redoxfs/tests/freestanding.sh" "$arch" project/core.o
  "${prefix}g++" -c "${flags[@]}" -ffreestanding -fno-pic "${machine[@]}" "$redoxfs/tests/bare_check.cc" -o project/check.o
  bactrian run --timeout 240 --arch "$arch" project
  expect_status 0 && expect_out "$(cat wanted)"
done
