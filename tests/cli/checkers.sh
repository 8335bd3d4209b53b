#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# lib/picox under others' checkers, on this machine: dscheck for the core and the queues, qcheck-stm for what they answer.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
root=$(cd "$here/../.." && pwd)
compiler=$("$root/toolchain/provide" ocaml-with-libs checkers 2>err) || skip "no packaged checkers: $(tail -1 err)"

cp -r "$here/checkers" project
mkdir project/lib
cp -rL "$root/lib/picox" "$root/lib/dune-project" project/lib
rm -r project/lib/picox/test
traced() { # NAME FILE
  { echo "module Atomic = Dscheck.TracedAtomic" && cat "$root/lib/picox/$2"; } >"project/traced_$1.ml"
}
traced picos picos/picos.ml
traced mpscq picos_aux.mpscq/picos_aux_mpscq.ml
traced mpmcq picos_aux.mpmcq/picos_aux_mpmcq.ml

export PATH=$compiler/bin:$PATH DUNE_CACHE=disabled
build() {
  status=0
  dune build --root project --profile=release --display=quiet --no-print-directory "$@" >out 2>err || status=$?
  expect_status 0
}

build interleavings.exe linearizable.exe
timeout 300 project/_build/default/interleavings.exe >out 2>err || status=$?
expect_status 0
[ "$(wc -l <out)" = 6 ] || fails "not all laws"
timeout 300 project/_build/default/linearizable.exe >out 2>err || status=$?
expect_status 0

# A queue that does not try again must be found.
sed -i 's/  if not (Atomic.compare_and_set t.shared before (f before)) then .*/  if backoff == backoff then ignore (Atomic.compare_and_set t.shared before (f before))/' project/traced_mpscq.ml
grep -q "backoff == backoff" project/traced_mpscq.ml || fails "nothing is broken"
build interleavings.exe
! timeout 300 project/_build/default/interleavings.exe >out 2>err || fails "a broken queue is not found"
