# SPDX-License-Identifier: ISC
# shellcheck shell=dash disable=all
# What a shell and its commands do with processes, files, pipes and signals; the same on Linux as under the tender. For
# busybox: sh script.sh BUSYBOX, in an empty folder.
busybox=$1
mkdir bin work
for name in awk basename cat chmod cmp cp cut dd dirname du echo env expr find grep head kill ln ls md5sum mkdir mktemp mv od \
  printf pwd readlink rm rmdir sed seq sh sleep sort stat tail tar tee test touch tr true false uniq wc xargs yes; do
  ln -s "$busybox" "bin/$name"
done
PATH=$PWD/bin
export PATH
cd work

say() { echo "--- $*"; }

say pipelines
echo hello | tr a-z A-Z
seq 1 100 | grep 7 | wc -l | tr -d ' '
printf '%s\n' c a b | sort | head -n 2
yes | head -n 3
seq 1 20000 | tail -n 1
true | false; echo $?
false | true; echo $?
! true; echo $?

say redirections
echo one >a; echo two >>a; cat a
cat <a >b; cmp a b && echo same
ls nothing 2>err || echo failed; wc -l <err | tr -d ' '
{ echo out; echo err >&2; } >both 2>&1; cat both
exec 3>three; echo three >&3; exec 3>&-; cat three
echo kept >keep; set -C; (echo lost >keep) 2>/dev/null || cat keep; set +C
cat nothing 2>&- || echo closed

say here-documents
name=world
cat <<END
hello $name $((6 * 7))
END
cat <<'END' | sed s/l/L/g
no $name here
END

say loops
for i in 1 2 3; do echo -n "$i "; done; echo
i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i = 3 ] && continue; echo -n "$i "; done; echo
until [ $i = 0 ]; do i=$((i - 1)); done; echo $i
seq 1 3 | while read -r n; do echo "line $n"; done
case abc in a*) echo matches ;; *) echo not ;; esac

say functions and words
f() { local x=$1; [ "$x" -le 1 ] && echo 1 && return; echo $((x * $(f $((x - 1))))); }
f 6
x=$(echo nested $(echo deeply $(echo "in quotes  kept"))); echo "$x"
set -- a "b c" d; echo $# "$2"; shift; echo "$1"
unset nothing; echo "${nothing:-default}" "${name%ld}" "${#name}"
eval 'echo evaluated $name'

say subshells
(cd /; x=changed; pwd); echo "$x" | cut -c1-6; basename "$PWD"
(exit 7); echo $?
( (exit 3) || echo "in it: $?"; exit 4 ); echo $?
sh -c 'echo $0 $1 $#' first second third
sh -c 'kill -9 $$'; echo $?
sh -c 'exit 300'; echo $?
env -i A=b "$busybox" sh -c 'echo $A $HOME.'
echo 'echo script $1' >run; chmod +x run; ./run me
printf '#!%s/sh\necho interpreted "$@"\n' "$PATH" >run2; chmod +x run2; ./run2 x y
./nothing 2>/dev/null; echo $?

say background
sleep 0 & wait $!; echo $?
(exit 9) & wait $!; echo $?
for i in 1 2 3 4 5; do (echo $i >bg.$i) & done; wait; cat bg.1 bg.2 bg.3 bg.4 bg.5 | tr '\n' ' '; echo
sleep 100 & kill $!; wait $! 2>/dev/null; echo $?
(sleep 0; echo late) | cat

say signals
trap 'echo got TERM' TERM; kill -TERM $$; trap - TERM
(trap 'echo leaving' EXIT; echo in it)
sh -c 'trap "echo caught; exit 5" USR1; kill -USR1 $$; echo not here'; echo $?
sh -c 'trap "" TERM; kill -TERM $$; echo survived'
sh -c 'sleep 100 & trap "kill $!; exit 6" ALRM; kill -ALRM $$; wait'; echo $?

say files
mkdir -p d/e/f; echo text >d/e/f/g; find d | sort
cp -r d copy; cmp d/e/f/g copy/e/f/g && echo copied
mv copy moved; ls moved/e/f; ln -s e/f/g d/link; cat d/link; readlink d/link
ln d/e/f/g d/hard; [ d/hard -ef d/e/f/g ] && echo one file
rmdir d 2>/dev/null || echo not empty
rm -r d moved; ls -d d 2>/dev/null || echo gone
for i in $(seq 1 50); do : >many.$i; done; ls many.* | wc -l | tr -d ' '; rm many.*
[ -f a ] && [ -d . ] && [ ! -e nothing ] && [ -L ../bin/ls ] && [ -s a ] && echo tests
dd if=/dev/zero of=zeros bs=1000 count=70 2>/dev/null; wc -c <zeros | tr -d ' '
seq 1 1000 >numbers; tar cf t.tar numbers a; mkdir x; tar xf t.tar -C x; cmp numbers x/numbers && echo archived
md5sum <numbers
touch -d @1000000 a; stat -c %Y a
tee t1 t2 <a | cat - t1 t2 | wc -l | tr -d ' '

say text
seq 1 10 | awk '{ s += $1 } END { print s }'
printf 'b 2\na 1\nb 3\n' | sort | uniq -c -w1 2>/dev/null | sed 's/^ *//'
echo 'x=1;y=2' | cut -d';' -f2
seq 1 6 | xargs -n 2 echo
printf 'abc' | od -An -tx1 | tr -d ' '
expr 17 % 5
