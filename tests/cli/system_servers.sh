#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Servers that try to reach more than they are given, that lie to their clients, that crash, that do not end; and what the machine's
# devices show in the system's schemes. Who takes more than it may have gets an error, or ends; so does what the shell starts, and it goes
# on. What many crashes have taken is free again.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
examples=${BACTRIAN%/*}/examples

mkdir -p root/etc/init.d root/srv/probe root/srv/other
echo mine >root/srv/probe/mine
echo welcome >root/etc/motd
echo secret >root/srv/other/secret
echo '#!/bin/probe' >root/srv/script
manifest() { # NAME [LINE]...: on standard input the rest
  { echo "program = \"/bin/$1\"" && cat; } >"root/etc/init.d/$1.toml"
}
manifest probe <<'END'
restart = "never"
[namespace]
schemes = ["file", "time"]
directories = ["/srv/probe"]
END
echo 'pause = 0' | manifest stubborn
echo 'restart = "on-failure"' | manifest polite
printf '[namespace]\nserves = ["liar"]\n[health]\nscheme = "liar"\n' | manifest liar
printf 'pause = 0.01\nlongest_pause = 0.02\n[namespace]\nschemes = ["zero"]\n' | manifest crasher
printf 'after = ["circle"]\n' | manifest circle
printf '[namespace]\nserves = ["log"]\n' | manifest thief
printf 'restart = "never"\n' | manifest absent
# Nor do these keep the shell from coming.
printf '' | manifest void
printf 'after = ["void"]\n' | manifest waits
printf 'pause = 0.01\n[namespace]\nschemes = ["file", "memory"]\ndirectories = ["/srv/probe"]\nserves = ["lender"]\n[health]\nscheme = "lender"\n' |
  manifest lender
printf 'restart = "never"\n[namespace]\ndevices = ["net/virtio0", "disk/virtio0p2", "disk/virtio9"]\n' | manifest card
printf 'restart = "never"\n[namespace]\ndevices = ["disk/virtio2"]\n' | manifest scribbler
printf 'pause = 0.01\n[namespace]\nserves = ["hung"]\n[health]\nscheme = "hung"\ncheck = "state"\nevery = 0.2\nwithin = 5\n' | manifest hung
cp "$examples/system/blocks.toml" root/etc/init.d/
# Servers of one program, each with a limit of its own.
greedy() { # NAME ARGUMENT: on standard input the rest
  { printf 'program = "/bin/greedy"\narguments = ["%s"]\n' "$2" && cat; } >"root/etc/init.d/$1.toml"
}
printf 'pause = 0.2\n[limits]\nmemory = "16 MiB"\n' | greedy hog memory
printf 'restart = "never"\n[limits]\ntasks = 3\n' | greedy forks tasks
printf 'restart = "never"\n[limits]\nhandles = 20\n' | greedy opens handles
printf '[limits]\ncpu = 0.05\nweight = 50\n' | greedy busy busy
printf 'programm = "/bin/probe"\n' >root/etc/init.d/wrong.toml
printf 'pause = 0.01\nlongest_pause = 0.01\n[namespace]\nserves = ["ticker"]\n[health]\nscheme = "ticker"\n' | manifest ticker

{
  printf 'kind = "system"\ndata = "32M"\ndata_from = "root"\n[programs]\n"/bin/ticker" = "%s"\n"/bin/blocks" = "%s"\n' "$examples/system/ticker" "$examples/system/blocks"
  for name in probe stubborn polite liar crasher lender borrower card scribbler hung greedy; do echo "\"/bin/$name\" = \"$here/system_servers/$name\""; done
} >system.toml

cycles=20
cat >script <<'END'
until dmesg | grep -q "scribbler: has ended"; do sleep 0.05; done
until dmesg | grep -q "ten questions"; do sleep 0.05; done
cat /scheme/liar/a 2>/lie-1; cat /scheme/liar/b 2>/lie-2; cat /lie-1 /lie-2
borrower; until cat /scheme/lender/file >/scheme/null 2>/scheme/null; do sleep 0.01; done; echo used $(cat /scheme/memory/used)
cat /scheme/hung/state; cat /scheme/hung/hang; until cat /scheme/hung/state 2>/scheme/null; do sleep 0.05; done; service hung
service stop stubborn; service stubborn
service stop polite; service polite
until dmesg | grep -c "hog: has ended with status 137" | grep -q "[3-9]"; do sleep 0.05; done; service hog; service stop hog
greedy told; greedy memory; echo the hog ends with $?
greedy bomb & sleep 1; greedy handles; service ticker; kill $!; wait $!; echo the bomb ends with $?
until ! ps | grep -q "greedy *$"; do sleep 0.05; done; free; top | tail -1
n=$(greedy orphan); kill -0 $n && echo left behind; kill $n; until ! kill -0 $n 2>/scheme/null; do sleep 0.05; done; echo gone at last
service crasher | grep -c "started [0-9][0-9]* times, last status 139"; service stop crasher
for n in $(seq 10); do service kill ticker; until cat /scheme/ticker/count >/scheme/null 2>/scheme/null; do sleep 0.01; done; done
grep free /scheme/sys/memory
for n in $(seq $CYCLES); do service kill ticker; until cat /scheme/ticker/count >/scheme/null 2>/scheme/null; do sleep 0.01; done; done
grep free /scheme/sys/memory
until service ticker | grep -q ' up '; do sleep 0.01; done; service ticker; echo ps $(ps | grep -c "^ *[0-9]* *0 *[1-9][0-9]* *[1-9][0-9]* *[1-9][0-9]*K *[0-9.]* ticker"), top $(top | grep -c "K  *[0-9.]* ticker")
service absent
cat /scheme/blocks/count; echo blocks $(grep -c 'block two' /scheme/blocks/2)
cat /scheme/net/virtio0/frames; cat /scheme/disk/virtio1
service stop card
service dump ticker /scheme/disk/virtio3
service dump ticker | grep -c "^/var/core/ticker.[0-9]*$"; echo core $(cat /var/core/ticker.* | wc -c)
service dump ticker /scheme/ticker/set; cat /scheme/ticker/count >/scheme/null && echo it is not caught in itself
service dump stubborn; cat /scheme/ticker/count >/scheme/null && echo it goes on
service busy; echo uptime $(uptime)
sleep 0.5; dmesg
echo table $(head -c 520 /scheme/disk/virtio0 | tail -c 8 | grep -c 'EFI PART')
wc -c /scheme/disk/virtio0p2
echo short >/scheme/disk/virtio0p1
cat /scheme/net/virtio0/mac
echo start >/scheme/trace; sleep 0.05; echo stop >/scheme/trace; echo trace $(head -c 200 /scheme/trace | grep -c traceEvents)
cat /scheme/irq | grep -c '^[0-9]* [0-9]*$'
cat /scheme/pci | grep -c :
echo nonsense >/scheme/power
poweroff
END

sed -i "s/\$CYCLES/$cycles/" script

truncate -s 64M core
cat >qemu <<'END'
#!/bin/sh
for disk in one two core; do
  set -- "$@" -drive "file=$disk,format=raw,if=none,id=$disk" -device "virtio-blk-pci,drive=$disk"
done
exec "qemu-system-$SYSTEM_ARCH" "$@" -netdev user,id=net,restrict=on -device virtio-net-pci,netdev=net,mac=52:54:00:00:00:07
END
chmod +x qemu
for disk in one two; do
  truncate -s 1M $disk && printf 'block two' | dd of=$disk bs=4096 seek=2 conv=notrunc status=none
done

answers() { sed 's/^\(\/ \$ \)*//' out; }
shows() { answers | grep -qE -- "^$1\$" || fails "$arch: it does not show '$1'"; }
logs() { answers | grep -qE -- "^\[ *[0-9.]*\] $1\$" || fails "$arch: it does not log '$1'"; }
logs_not() { ! answers | grep -E -- "^\[ *[0-9.]*\] $1" || fails "$arch: it logs '$1'"; }

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch system.toml -o disk.img
  expect_status 0
  status=0
  SYSTEM_ARCH=$arch BACTRIAN_QEMU=$PWD/qemu "$BACTRIAN" run --arch $arch --cpus 2 --timeout 280 disk.img <script >out 2>err || status=$?
  expect_status 0
  # Authority: what the probe has reached is what it has.
  for what in 'its own file' 'its own new file' 'the clock' 'to create /srv/probe/out' 'has tried all'; do
    logs "probe: (reaches )?$what"
  done
  answers | grep -E '^\[ *[0-9.]*\] probe: reaches to' | grep -vE 'reaches to create /srv/probe/out$' >reached || true
  [ ! -s reached ] || fails "$arch: the probe reaches too much: $(cat reached)"
  # Lies.
  shows 'cat: /scheme/liar/a: the device has failed, or what it holds is damaged'
  shows 'cat: read: the device has failed, or what it holds is damaged'
  logs 'liar: refused 7'
  logs 'liar: refused 6'
  logs_not 'liar: has ended'
  # Files and memory that a server gives and lends.
  shows 'borrower: the file: mine, mine'
  shows 'borrower: to write: Bad file descriptor, Bad file descriptor'
  shows 'borrower: hostile calls that do not fail: 0'
  shows 'borrower: a call: WELCOME, mine'
  shows 'borrower: a pipe: .*ot supported, I.*/.*O error'
  shows 'borrower: memory: hello'
  shows 'borrower: the server sees there'
  shows 'borrower: and the child: There'
  shows 'borrower: sealed: Permission denied; odd: I.*/.*O error'
  shows 'borrower: behind the end: a signal'
  shows 'borrower: the crash: No such device'
  shows 'borrower: later: There, mine'
  shows 'used 65536'
  logs_not 'lender: has more than its budget'
  # One that does not answer.
  logs 'hung: does not answer within 5 s'
  shows 'cat: /scheme/hung/hang: the server has ended'
  shows 'hung  *up .*started 2 times, last status 137'
  # Limits: of servers, and of what the shell has started.
  logs 'process [0-9]* \(/bin/greedy\) is killed: there is no memory left for it \(it may have 16384 KiB, with all that it forks\)'
  shows 'hog  *(waiting|starting|up) .*started [3-9] times, last status 137'
  answers | sed -nE 's/^\[ *([0-9.]*)\] hog: has ended with status 137$/\1/p' >ends
  awk 'NR > 1 && $1 - before < 0.2 * 2 ^ (NR - 2) { exit 1 } { before = $1 }' ends || fails "$arch: it is started again too soon: $(cat ends)"
  logs 'forks: no more processes: true'
  logs 'opens: no more descriptors: true'
  shows 'limits: tasks [0-9]+, handles [0-9]+, memory [0-9]+ KiB, CPUs any, weight 100'
  shows 'MemTotal:  *9[0-9]{4} kB'
  shows 'the hog ends with (137|2)'
  shows 'no more descriptors: false'
  shows 'the bomb ends with 137'
  shows 'limits: tasks [0-9]+, handles [0-9]+, memory [0-9]+ KiB, CPUs 0.05, weight 50'
  used=$(answers | grep -B 1 'CPUs 0.05' | sed -n 's/.*CPU \([0-9.]*\) s$/\1/p') up=$(answers | sed -n 's/^uptime \([0-9.]*\).*/\1/p')
  # One that is not held back has had most of a CPU.
  awk "BEGIN { exit !($used > 0 && $used <= 0.05 * $up + 1) }" || fails "$arch: $used s of $up with a twentieth of a CPU"
  shows 'left behind'
  shows 'gone at last'
  shows 'processes_limit  *[1-9][0-9]* KiB'
  shows 'together: tasks [0-9]+ of [1-9][0-9]+, handles [0-9]+ of [1-9][0-9]+, memory [0-9]+ of [1-9][0-9]+ KiB'
  # Ends.
  shows 'stubborn  *stopped .*started once, last status 137'
  shows 'polite  *stopped .*started once, last status 0'
  logs 'polite: goodbye'
  shows "ticker  *up .*started $((11 + cycles)) times, last status 137"
  shows 'processes 1, threads [1-9][0-9]*, handles [1-9][0-9]*, memory [1-9][0-9]* KiB, CPU [0-9]+[.][0-9]+ s'
  shows 'ps 1, top 1'
  shows 'table 1'
  shows 'absent  *failed: .*'
  logs 'void: /bin/void cannot be started: no such file'
  logs 'circle: the servers wait for each other in a circle'
  logs '/etc/init.d/thief.toml: the kernel serves the scheme log'
  logs '/etc/init.d/wrong.toml:1: unknown name programm'
  answers | sed -n 's/^free \([0-9]*\)$/\1/p' >free
  [ "$(wc -l <free)" = 2 ] || fails "$arch: no figures of memory"
  [ $(($(sed -n 1p free) - $(sed -n 2p free))) -lt 6000000 ] || fails "$arch: memory is lost: $(cat free)"
  # Devices that servers were handed.
  logs 'card: ten questions are answered'
  logs_not 'card: (reaches|has it twice)'
  logs 'card: the device disk/virtio0p2: the file system is on it'
  logs 'card: the device disk/virtio9: there is no such device'
  logs 'scribbler: reads 4096 bytes'
  logs 'scribbler: has lost it'
  logs 'scribbler: has lost the device disk/virtio2: .*'
  logs 'scribbler: reads 4096 bytes again'
  logs 'scribbler: has ended with status 0'
  shows 256
  shows 'blocks 1'
  [ "$(answers | grep -c '^cat: .*busy$')" = 2 ] || fails "$arch: somebody else has a device"
  # Core files: what a thread waits for is a call, whose instruction is before its pc.
  shows '1'
  shows 'core  *[0-9]{6,}'
  shows 'service: stubborn: no such file'
  shows 'service: ticker: timed out'
  shows 'it is not caught in itself'
  shows 'it goes on'
  readelf -hn core >readelf.log 2>&1 || fails "$arch: readelf does not read the core file"
  grep -q 'CORE (Core file)' readelf.log && grep -q NT_PRSTATUS readelf.log && grep -q NT_FPREGSET readelf.log || fails "$arch: what readelf says: $(cat readelf.log)"
  if command -v gdb-multiarch >/dev/null; then
    case $arch in x86_64) back=2 call=syscall ;; aarch64) back=4 call=svc ;; riscv64) back=4 call=ecall ;; esac
    gdb-multiarch -batch -nx -ex 'info threads' -ex "x/i \$pc-$back" -ex 'x/gx $sp' -ex 'info float' -c core >gdb.log 2>&1 </dev/null || true
    grep -qE ":[[:space:]]+$call" gdb.log && ! grep -q 'Cannot access' gdb.log || fails "$arch: what gdb says: $(cat gdb.log)"
  fi
  # Devices.
  shows '33554432 /scheme/disk/virtio0p2'
  shows 'echo: .*invalid argument'
  shows '52:54:00:00:00:07'
  shows 'trace 1'
done
