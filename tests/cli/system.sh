#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The system image on each machine: it boots to its shell, runs programs of the disk as processes, in pipes with the shell's own
# commands, and what they write is there after a reboot; the host finds the file system whole.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

mkdir files
echo "Welcome." >files/motd
cat >upper.ml <<'END'
let rec go () =
  match input_line stdin with
  | line -> print_endline (String.uppercase_ascii line); go ()
  | exception End_of_file -> ()
let () =
  go ();
  exit (if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 0)
END
cat >system.toml <<'END'
kind = "system"
data = "16M"
[files]
"/etc/motd" = "files/motd"
[programs]
"/bin/upper" = "upper.ml"
END

cat >first <<'END'
for word in pear apple fig; do echo $word; done >/fruit
sort /fruit | upper | head -2 >/sorted
cat /sorted
upper 7 <fruit >/scheme/null; echo status $?
ls /bin; dmesg | grep -c mounted
ln -s /sorted /link; mkdir /d; mv /fruit /d/fruit
sleep 1000 & kill $!; wait $!; echo $?
nothing-like-this; echo $?
poweroff
END
cat >first-expected <<'END'
APPLE
FIG
status 7
upper
1
137
sh: nothing-like-this: not found
127
END
cat >second <<'END'
cat /link
wc -l /d/fruit
exit 3
END
cat >second-expected <<'END'
APPLE
FIG
3 /d/fruit
END

answers() { sed 's/^\(\/ \$ \)*//' out | grep -v '^Welcome\.$' | grep -v -e '^$' -e '^\[1\] ended'; }

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch system.toml -o $arch.img
  expect_status 0
  status=0
  "$BACTRIAN" run --arch $arch --cpus 2 --timeout 300 $arch.img <first >out 2>err || status=$?
  expect_status 0
  grep -q '^Welcome\.$' out || fails "$arch: no greeting"
  answers >got
  cmp got first-expected || fails "$arch: another session: $(cat got)"
  status=0
  "$BACTRIAN" run --arch $arch --timeout 300 $arch.img <second >out 2>err || status=$?
  expect_status 3
  answers >got
  cmp got second-expected || fails "$arch: another second session: $(cat got)"
  bactrian fs check $arch.img
  expect_status 0
done

# By the configuration: an image for one run, and one that stays.
echo 'echo kept >/kept' >input
"$BACTRIAN" run --system --disk kept.img --timeout 120 system.toml <input >out 2>err || fails "run --system"
echo 'cat /kept' >input
"$BACTRIAN" run --system --disk kept.img --timeout 120 system.toml <input >out 2>err || fails "run --system again"
answers | grep -qx kept || fails "the disk was not kept"
"$BACTRIAN" run --system --timeout 120 system.toml <input >out 2>err && fails "a fresh image has what another run wrote"
answers | grep -q 'no such file' || fails "a fresh image, but no error"
# Firmware boots the same, and keeps it too.
"$BACTRIAN" run --boot uefi --timeout 300 kept.img <input >out 2>err || fails "by firmware"
answers | grep -qx kept || fails "by firmware: another disk"

# What a system's configuration cannot be.
printf 'kind = "system"\nprogram = "upper.ml"\n' >bad.toml
bactrian image bad.toml -o bad.img
expect_status 125 && expect_err "has no 'program'" && expect_err bad.toml:2
printf 'kind = "program"\nprogram = "upper.ml"\n[programs]\n"/bin/x" = "upper.ml"\n' >bad.toml
bactrian image bad.toml -o bad.img
expect_status 125 && expect_err "has no 'programs'"
printf 'kind = "system"\n[programs]\n"/bin/x" = "none.ml"\n' >bad.toml
bactrian image bad.toml -o bad.img
expect_status 125 && expect_err "there is no such file" && expect_err bad.toml:3
