#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A session with examples/shell on each machine, and its keys on one.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

example=${BACTRIAN%/*}/examples/shell

cat >script <<'END'
mkdir /d
cd /d
for n in $(seq 5); do echo "line $n" >>file; done
grep -v 3 file | sort -r | head -2
cp file copy; mv copy moved; ls; wc -l file moved
(sleep 0.1; echo late >late) & wait; cat late
cat none 2>errors || cat errors
if [ -s file ] && test ! -e copy; then echo good; fi
dmesg | grep -c served
ls /scheme | grep -c '^[a-z]*$'
ps | head -1
sleep 1000 & kill $!; wait
echo $(date +%Y | grep -c '^20') $(cat /scheme/rand | head -c 2>/scheme/null; echo $?)
exit 42
END

cat >expected <<'END'
line 5
line 4
file
moved
5 file
5 moved
10 total
late
cat: none: no such file
good
1
12
  PID  PPID     TIME COMMAND
1 2
END

for target in hosted x86_64 aarch64 riscv64; do
  where=(--arch "$target")
  if [ $target = hosted ]; then where=(--target hosted); fi
  bactrian run --timeout 240 "${where[@]}" --file script "$example" -- "$([ $target = hosted ] || echo /)script"
  expect_status 42
  cmp out expected || fails "$target: another output"
done

# The PCI bus, and the exit status of a text.
bactrian run --timeout 240 "$example" -- -c 'lspci | head -1 | grep -c :; exit 7'
expect_status 7 && expect_out 1

# Lines from a pipe: prompts and answers, to the end of the input.
printf 'echo one\nif true\nthen echo two; fi\nfalse\n' | "$BACTRIAN" run --target hosted "$example" >out 2>err || status=$?
[ "${status-}" = 1 ] || fails "not the last status"
{ grep -q 'one$' out && grep -q 'two$' out; } || fails "lines are not run"

# Keys: moving, the history, an interrupt of what runs; from the host's terminal, and from a raw one, of which the shell asks
# for its keys. Those that come before the prompt are a command's.
mkfifo input
session() { # COMMAND...: the shell's
  "$@" <input >out 2>err &
  run=$!
  exec 3>input
  ended() { ! kill -0 $run 2>/dev/null; }
  at_prompt() { [ "$(tail -c 8 out)" = $'\r/ $ \e[K' ] || ended; }
  shows() { tr -d '\r' <out | grep -xF -- "$1" >/dev/null || ended; }
  wait_until at_prompt
  printf 'ecoh\033[D\177\005o one\r' >&3
  wait_until shows one
  wait_until at_prompt
  printf '\033[A two\r' >&3
  wait_until shows 'one two'
  wait_until at_prompt
  printf 'echo running; sleep 1000\r' >&3
  wait_until shows running
  printf '\003' >&3
  wait_until shows '^C'
  wait_until at_prompt
  printf 'echo $?; exit\r' >&3
  wait_until shows 130
  exec 3>&-
  status=0
  wait $run || status=$?
  tr -d '\r' <out | grep -xF 130 >/dev/null || fails "the interrupt did not come"
}
session "$BACTRIAN" run --timeout 240 --env TERMINAL=keys "$example"
expect_status 0

printf 'kind = "program"\nprogram = "%s"\nconsole = "text"\n' "$example" >image.toml
bactrian image image.toml -o disk.img
expect_status 0
session "$BACTRIAN" run --timeout 240 disk.img
