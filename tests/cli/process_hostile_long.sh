#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
# limit: 18000
# The classes of process_hostile.sh on 1, 2 and 4 CPUs, and with the debug build.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/process

bactrian build --target hosted -o hostile "$here/hostile"
expect_status 0
mapfile -t names < <(./hostile list)

for arch in x86_64 aarch64 riscv64; do
  bactrian build --arch $arch --target hosted -o hostile "$here/hostile"
  expect_status 0
  for machine in "--cpus 1" "--cpus 4" "--cpus 1 --debug" "--cpus 2 --debug" "--cpus 4 --debug"; do
    read -ra flags <<<"$machine"
    bactrian run --arch $arch "${flags[@]}" --env THOROUGH=1 --timeout 1200 --file hostile "$here/keeper" -- /hostile classes "${names[@]}"
    expect_status 0
    [ "$(grep ' checks, 0 wrong$' out | cut -d: -f1 | sort -u | wc -l)" = ${#names[@]} ] || fails "not all classes on $arch $machine"
  done
done
