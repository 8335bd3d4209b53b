#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A session over the serial console of each machine, with keys as a person types them: the system boots; a pipeline of commands and
# of a program works on a file, which is there after a reboot; two servers talk through schemes; one is killed and started again;
# and the machine is switched off.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
examples=${BACTRIAN%/*}/examples

cat >upper.ml <<'END'
let rec go () =
  match input_line stdin with
  | line -> print_endline (String.uppercase_ascii line); go ()
  | exception End_of_file -> ()
let () = go ()
END
echo "The system is ready." >motd
cat >system.toml <<END
kind = "system"
data = "16M"
console = "text"
[files]
"/etc/motd" = "motd"
"/etc/init.d/ticker.toml" = "$examples/system/ticker.toml"
"/etc/init.d/greeter.toml" = "$examples/system/greeter.toml"
[programs]
"/bin/upper" = "upper.ml"
"/bin/ticker" = "$examples/system/ticker"
"/bin/greeter" = "$examples/system/greeter"
END

# What ends a command's output is not in the command as it is typed.
session() { # IMAGE [PROMPT=ANSWER]...
  local image=$1
  shift
  status=0
  python3 "$here/_terminal.py" "$@" -- "$BACTRIAN" run --timeout 300 "$image" >out 2>err || status=$?
  # Without the editor's redrawings: of each line what is left at its end.
  sed -e 's/\r*$//' -e 's/.*\r//' -e 's/\x1b\[[0-9;]*[A-Za-z]//g' out >lines
}
shows() { grep -qxF -- "$1" lines || { cp lines out && fails "$arch: it does not show '$1'"; }; }

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch system.toml -o $arch.img
  expect_status 0
  session $arch.img \
    'ready.=for fruit in pear apple fig; do echo $fruit; done >/fruits; sort /fruits | upper | head -2; echo end-""1' \
    'end-1=cat /scheme/ticker/count /scheme/greeter/you; service | grep -c " up "; echo end-""2' \
    'end-2=service kill ticker; until cat /scheme/greeter/again 2>/scheme/null; do sleep 0.05; done; service ticker; echo end-""3' \
    'end-3=service stop ticker; cat /scheme/ticker/count; cat /scheme/greeter/late; service start ticker; echo end-""4' \
    'end-4=poweroff'
  [ "$status" = 0 ] || fails "$arch: the first session ends with $status"
  for line in APPLE FIG 1 2 'Hello you, number 2' 'Hello again, number 1'; do shows "$line"; done
  grep -q '^ticker  *up .*started 2 times, last status 137$' lines || fails "$arch: the server was not started again"
  shows 'cat: /scheme/ticker/count: the server has ended'
  shows 'cat: /scheme/greeter/late: the device has failed, or what it holds is damaged'
  session $arch.img 'ready.=cat /fruits | wc -l; cat /scheme/greeter/you; dmesg | grep -c "mounted"; echo end-""1' 'end-1=poweroff'
  [ "$status" = 0 ] || fails "$arch: the second session ends with $status"
  for line in 3 'Hello you, number 1' 1; do shows "$line"; done
  bactrian fs check $arch.img
  expect_status 0
done
