#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What an image requires of a processor: all that C stubs use, but not what they use only after they have asked. (x86_64)
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

mkdir -p project/lib
echo '(lang dune 3.0)' >project/dune-project
echo '(library (name stubs) (foreign_stubs (language c) (names stubs)))' >project/lib/dune
echo 'external sum : int -> int = "stubs_sum"' >project/lib/stubs.ml
echo '(executable (name main) (libraries stubs))' >project/dune
echo 'let () = print_int (Stubs.sum 4)' >project/main.ml

stubs() { # CONDITION: stubs.c, whose fast way is taken if it holds
  cat >project/lib/stubs.c <<TEXT
#include <caml/mlvalues.h>

__attribute__((target("avx2"), noinline)) static long fast(long n) {
  volatile double numbers[8] = {0};
  for (long i = 0; i < 8; i++) numbers[i] += n;
  return (long)numbers[3];
}

value stubs_sum(value n) { return Val_long($1 ? fast(Long_val(n)) : Long_val(n)); }
TEXT
}

required() { # the bits that the image requires
  bactrian build project -o image
  expect_status 0
  nm image | awk '$3 == "image_cpu_requirements" { print $1 }'
}

stubs 1
[ "$(required)" != 0000000000000000 ] || fails "AVX is not required"
stubs '__builtin_cpu_supports("avx2")'
[ "$(required)" = 0000000000000000 ] || fails "an image requires what its code asks for first"
bactrian run --timeout 120 image
expect_status 0 && expect_out 4
