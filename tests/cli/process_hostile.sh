#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Processes that do what they must not, in classes: each thing ends as it does on Linux, and disturbs neither the kernel nor a process
# beside it; memory is what it was.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/process

# What is expected is what Linux does here, but for what is ours alone.
bactrian build --target hosted -o hostile "$here/hostile"
expect_status 0
./hostile list >classes
mapfile -t names <classes
[ ${#names[@]} -ge 20 ] || fails "only ${#names[@]} classes"
begin_alone hostile
for name in "${names[@]}"; do
  timeout 120 ./hostile "$name" linux >out 2>err 9>&- || fails "$name on Linux"
done
end_alone

for arch in x86_64 aarch64 riscv64; do
  bactrian build --arch $arch --target hosted -o hostile "$here/hostile"
  expect_status 0
  bactrian run --arch $arch --cpus 2 --timeout 400 --file hostile "$here/keeper" -- /hostile classes "${names[@]}"
  grep -v ' checks, 0 wrong$' out >said || true
  [ "$status" = 0 ] || { mv said out && fails "status $status on $arch"; }
  [ "$(grep ' checks, 0 wrong$' out | cut -d: -f1 | sort -u | wc -l)" = ${#names[@]} ] || fails "not all classes on $arch"
done
