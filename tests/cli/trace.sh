#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A program is traced, and what comes is what viewers take. A program without anything to trace gets a note.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

check() { # domains, how to run it
  local domains=$1
  shift
  rm -f trace.json
  bactrian run "$@" --timeout 200 --trace trace.json "$here/trace" -- "$domains"
  [ "$status" = 0 ] && [ "$(cat out)" = 210 ] || fails "$*"
  python3 "$here/trace_check.py" trace.json "$domains" >checked 2>&1 || fails "the trace of $*: $(tail -3 checked)"
}

check 1 --target hosted
for arch in x86_64 aarch64 riscv64; do
  check 2 --arch $arch --cpus 2
done

# What it costs, in instructions: below 3 % where turns take some 15,000 of them, which is well below 5 us.
bactrian run --timeout 200 --qemu "-icount shift=0" "$here/trace" -- cost
[ "$status" = 0 ] && [ "$(cat out)" -lt 30 ] || fails "tracing costs $(cat out) thousandths"

echo 'let () = print_endline "hello"' >plain.ml
bactrian run --target hosted --trace trace.json plain.ml
[ "$status" = 0 ] && [ "$(cat out)" = hello ] && grep -q "no trace" err || fails "a program without a scheduler"
bactrian run --trace /no/such/folder/trace.json plain.ml
[ "$status" = 125 ] || fails "a file that cannot be written"
