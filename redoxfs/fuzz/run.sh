#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# run.sh SECONDS [FOLDER]: builds the fuzzer with clang-19 (or $CLANG) and runs it for that long,
# from the seeds and the corpus. What it finds new goes into FOLDER (default: below the cache), crashes too.
set -euo pipefail

seconds=${1:?usage: run.sh SECONDS [FOLDER]}
here=$(cd -- "$(dirname -- "$0")" && pwd)
library=$(dirname -- "$here")
work=${2:-${BACTRIAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bactrian}/redoxfs-fuzz}
clang=${CLANG:-clang++-19}
[ -n "${CLANG-}" ] || "$(dirname -- "$library")/tools/packages" ensure fuzz-fs
mkdir -p "$work/objects" "$work/seeds" "$work/found"

flags=(-std=gnu++20 -O1 -g1 "-fsanitize=address,undefined" -fno-sanitize-recover=all -I"$library/include" -I"$library")
build() { # PROGRAM EXTRA-FLAG SOURCE...
  local program=$1 extra=$2 objects=() source object
  shift 2
  for source in "$@"; do
    object=$work/objects/$(basename "$program")-$(basename "$source" .cc).o
    objects+=("$object")
    if [ -n "$(find "$library" \( -name '*.h' -o -path "$source" \) -newer "$object" 2>/dev/null || echo new)" ]; then
      "$clang" "${flags[@]}" ${extra:+-fsanitize=$extra-no-link} -c "$source" -o "$object"
    fi
  done
  "$clang" -fsanitize=address,undefined${extra:+,$extra} "${objects[@]}" -lcrypto -largon2 -llz4 -o "$program"
}
build "$work/seeds-maker" "" "$library"/core/*.cc "$library"/host/*.cc "$here/seeds.cc"
build "$work/fuzzer" fuzzer "$library"/core/*.cc "$library"/host/*.cc "$here"/{exercise,checksums,fuzzer}.cc

"$work/seeds-maker" "$work/seeds"
python3 "$here/text.py" unpack "$work/seeds" "$here/corpus" "$work/corpus"
cd "$work"
# An input that needs more than 20 seconds, or 1 GiB, has found something too.
exec ./fuzzer -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -max_len=400000 -print_final_stats=1 \
  found seeds corpus
