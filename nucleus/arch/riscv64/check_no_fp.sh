#!/bin/sh
# SPDX-License-Identifier: ISC
#
# check_no_fp.sh PREFIX FILE: fails if code of the nucleus other than the port's own assembly touches floating-point
# registers. The ABI that it must be compiled for allows the compiler to; its callers' state would be lost.
# PREFIX is of the binary tools, as riscv64-linux-gnu-.
set -eu
bare=$2.bare
# The time that objdump takes grows with the square of the labels, of which the assembler leaves thousands.
"$1objcopy" --strip-debug --discard-locals "$2" "$bare"
"$1objdump" -d --no-show-raw-insn "$bare" | awk '
  /^[0-9a-f]+ <.*>:$/ { name = $2; next }
  $1 ~ /^[0-9a-f]+:$/ && $2 ~ /^(c\.)?f/ && $2 !~ /^fence/ {
    if (name ~ /^<(arch_fp_(save|restore)(_callee)?|adopt_hart)>:$/) next
    print "floating point in the nucleus: " name " " $2; found = 1
  }
  END { exit found }'
rm "$bare"
