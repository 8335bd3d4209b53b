#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The console's UART (16550 by ports and in memory, PL011) and the real-time clock (CMOS, PL031, goldfish) by drivers in
# fibers, on three architectures; the nucleus drives the UART again when the driver ends, when the program does, and when
# it crashes.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# Lines, and what is to come back.
for n in {1..100}; do echo "line $n of what is typed, which comes back in capitals"; done >typed
tr a-z A-Z <typed >expected
size=$(wc -c <typed)
for n in {1..1000}; do printf '%05d xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n' "$n"; done >>expected

run_it() { # ARCH CPUS HOW
  status=0
  : >err
  # Typed once the driver has the line, or the program has failed.
  ready() { grep -q -e '^ready$' -e '^Fatal error' err; }
  { wait_until ready && cat typed; } |
    "$BACTRIAN" run --arch "$1" --cpus "$2" --timeout 200 "$here/driver_serial" -- "$2" "$3" >out 2>err || status=$?
}

for arch in x86_64 aarch64 riscv64; do
  case $arch in x86_64) clock=CMOS ;; aarch64) clock=PL031 ;; *) clock=goldfish ;; esac
  for how in back exit crash; do
    cpus=2
    [ $how != back ] || cpus=1
    run_it $arch $cpus $how
    case $how in
      back) wanted=0 last="by the nucleus again
the end" ;;
      exit) wanted=3 last="the end" ;;
      crash) wanted=70 last="before the crash" ;;
    esac
    expect_status $wanted
    { cat expected && echo "$last"; } | cmp - out || fails "$arch, $how: other output"
    # The driver has carried all of the input, and the answers.
    read -r _ sent _ received _ damaged < <(grep '^sent ' err) || fails "$arch, $how: no counts"
    { [ "$sent" -ge "$size" ] && [ "$received" -ge "$size" ] && [ "$damaged" = 0 ]; } || fails "$arch, $how: $(grep '^sent ' err)"
    time=$(sed -n "s/^$clock //p" err)
    { [ -n "$time" ] && [ "$time" -ge $(($(date +%s) - 300)) ] && [ "$time" -le "$(date +%s)" ]; } || fails "$arch: the clock says '$time'"
  done
done
