#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What `clean` removes of a cache: all, or old programs and test builds; and nothing of a folder that is none.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

make_cache() {
  rm -rf cache && mkdir -p cache/{ocaml,image,tests}/{old,new}-1234
  touch cache/CACHEDIR.TAG
  touch -d "3 days ago" cache/*/old-1234
}
# The tool that runs the tests: the launcher would build another one in this cache.
tool=$(readlink "/proc/$PPID/exe")
clean() {
  status=0
  BACTRIAN_CACHE=$PWD/cache "$tool" clean "$@" >out 2>err || status=$?
}
left() { (cd cache && echo */*); }

make_cache
clean
expect_status 0 && [ "$(left | wc -w)" = 6 ] || fails "clean without an option: $(left)"
clean --older 2
expect_status 0 && [ "$(left)" = "image/new-1234 ocaml/new-1234 ocaml/old-1234 tests/new-1234" ] || fails "--older 2: $(left)"
clean --older 2 --all
expect_status 125 && [ "$(left | wc -w)" = 4 ] || fails "both: $(left)"
clean --older 0
expect_status 125 && [ "$(left | wc -w)" = 4 ] || fails "--older 0: $(left)"
rm cache/CACHEDIR.TAG
clean --all
expect_status 125 && expect_err "has no CACHEDIR.TAG" && [ "$(left | wc -w)" = 4 ] || fails "not ours: $(left)"
touch cache/CACHEDIR.TAG
clean --all --json
expect_status 0 && grep -q '"removed": true' out && [ "$(left)" = "*/*" ] || fails "--all: $(left)"
