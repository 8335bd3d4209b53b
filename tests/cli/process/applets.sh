# SPDX-License-Identifier: ISC
# shellcheck shell=dash disable=all
# Many of busybox's programs, as many ways as they have to use calls; the same on Linux as under the tender. For
# busybox: sh applets.sh BUSYBOX, in an empty folder.
busybox=$1
mkdir bin here
for name in $($busybox --list); do [ -e "bin/$name" ] || ln -s "$busybox" "bin/$name"; done
PATH=$PWD/bin
TZ=UTC
export PATH TZ
cd here

say() { echo "--- $*"; }

say sed
seq 1 10 | sed -n '2,4p;/7/{s/7/seven/;p};$='
printf 'one\ntwo\nthree\n' >lines
sed -i 's/t\(.\)/[\1]/' lines; cat lines
sed '1!G;h;$!d' lines
sed -n '/one/,/e/w written' lines; cat written
sed -e 'a\
behind' -e 's/o/0/2g;y/e/E/' lines
printf 'a\n' | sed 's/a/x\ny/'

say awk
printf 'b 2\na 1\nb 3\n' | awk '{ sum[$1] += $2; n++ } END { for (k in sum) print k, sum[k] | "sort"; close("sort"); print n }'
awk 'BEGIN { while (("echo x; echo y" | getline line) > 0) print "got", line; printf "%5.2f|%-4s|%03d|%x\n", 3.14159, "ab", 7, 255 }'
awk 'BEGIN { print substr("hello", 2, 3), index("hello", "l"), length("abc"), toupper("x"), split("a:b:c", p, ":"), p[3] }'
awk 'BEGIN { print system("exit 3"); print > "made"; print "more" >> "made"; close("made"); while ((getline l < "made") > 0) print "in it:", l }'
awk -F, -v OFS=- 'NR > 1 { $2 = "x"; print; gsub(/c/, "[&]"); print }' <<'END'
a,b,c
c,d,e
END
awk 'BEGIN { print ENVIRON["TZ"], ARGC; srand(1); exit 4 }' ; echo $?

say find
mkdir -p tree/a/b tree/c; echo 1 >tree/a/one; echo 22 >tree/a/b/two.txt; echo 333 >tree/c/three.txt; : >tree/empty; ln -s a/one tree/link
find tree | sort
find tree -type f -name '*.txt' | sort
find tree -type l; find tree -type d | sort
find tree -size -1 -type f | sort; find tree -empty -type f | sort
find tree -name '*.txt' -exec cat {} \; | sort
find tree -type f -exec echo {} + | tr ' ' '\n' | sort
find tree -type f -print0 | sort -z | xargs -0 -n 1 basename
find tree -maxdepth 1 | sort; find tree -path '*b/*'; find tree -newer tree/nothing 2>/dev/null; echo $?
find tree -name three.txt -prune -o -name 'o*' -print
find tree -links 1 -type f | wc -l | tr -d ' '
find tree -mmin -100 -type f | wc -l | tr -d ' '
seq 1 3000 | sed 's/^/tree\/with a long name /' | tr '\n' '\0' | xargs -0 touch; find tree -type f -exec echo {} + | wc -w | tr -d ' '
find tree -name 'with*' -exec rm {} +; find tree -type f | wc -l | tr -d ' '

say archives
seq 1 5000 >tree/numbers
touch -d '2001-02-03 04:05:06' tree/numbers tree/c
for z in '' z j; do
  tar c${z}f t.tar tree; tar t${z}f t.tar | sort | head -n 3; mkdir x; tar x${z}f t.tar -C x 2>&1; diff -r tree x/tree && echo same $z
  stat -c %Y x/tree/numbers; rm -r x
done
tar cf - tree | tar tf - | wc -l | tr -d ' '
tar cf - tree/a | (mkdir y && cd y && tar xf -); ls y/tree/a; rm -r y
find tree -type f | sort | cpio -o -H newc 2>/dev/null | (mkdir y; cd y; cpio -id 2>/dev/null; find . -type f | sort); rm -r y
gzip -c tree/numbers | gunzip -c | cmp - tree/numbers && echo gzip; gzip tree/numbers; ls tree/numbers*; gunzip tree/numbers.gz
bzip2 -c tree/numbers | bzcat | cmp - tree/numbers && echo bzip2; zcat nothing 2>/dev/null; echo $?

say sorting
printf '10 b\n9 a\n100 c\n9 a\n' >s; sort -n s; sort -rn s; sort -u s; sort -k2 s; sort -k2,2r -k1,1n s; sort -c s 2>/dev/null; echo $?
sort -n -o s s; cat s; sort -m s s | wc -l | tr -d ' '; seq 1 20000 | sort -R 2>/dev/null | sort -n | tail -n 1
uniq -c s | sed 's/^ *//'; uniq -d s; uniq -u s | head -n 1

say differences
seq 1 20 >d1; sed '5d;12s/^/changed /;$a\
new' d1 >d2
diff d1 d2; echo $?; diff -u d1 d2 | tail -n +3; diff -q d1 d2; diff d1 d1 && echo none
diff -u d1 d2 >p; patch d1 <p; cmp d1 d2 && echo patched; patch -R d1 <p >/dev/null; cmp -s d1 d2; echo $?
cmp -l d1 d2 | head -n 2; mkdir da db; echo 1 >da/f; echo 2 >db/f; echo 3 >da/g; diff -r da db; rm -r da db

say columns
printf 'a\tb\tc\n' | cut -f2; printf 'abcdef\n' | cut -c2-4; printf 'a\tb\n' | expand -t 4; printf 'a       b\n' | unexpand -a
paste d1 d2 | head -n 2; seq 1 6 | paste - - ; printf 'long line of words here\n' | fold -s -w 10; nl lines; tac lines; rev lines
seq 1 3 | tr '\n' ' '; echo; printf 'aabbcc' | tr -s a-c; echo; printf 'aXb' | tr -d X; echo; echo hello | tr a-y b-z
head -c 5 d1 | wc -c | tr -d ' '; tail -c 5 d1; tail -n +18 d1; wc -lwc <d1 | tr -s ' '; split 2>/dev/null; shuf d1 | sort -n | head -n 1

say numbers
echo '2^64; scale=5; 22/7' | bc; echo '6 7 * p' | dc; expr 7 \* 6; expr abc : 'a\(.\)c'; factor 1001 2>/dev/null; seq 3 -1 1 | tr '\n' ' '; echo
printf '%d %o %x %c %s %b\n' 65 65 65 A str 'a\tb'; seq -w 8 11 | tr '\n' ' '; echo; echo $((1 << 40)) $((-7 / 2)) $((0x1f))
cal 2 2024; date -u -d @0 '+%Y-%m-%d %H:%M:%S %a'; date -u -d '2024-02-29 12:00' +%s

say sums
printf abc >abc; for s in md5sum sha1sum sha256sum sha512sum sha3sum; do $s abc; done; md5sum abc >sums; md5sum -c sums; echo changed >abc; md5sum -c sums 2>/dev/null; echo $?
printf 'some bytes\377\n' >bytes; base64 bytes; base64 bytes | base64 -d | cmp - bytes && echo back; uuencode bytes name | uudecode -o - | cmp - bytes && echo back
xxd bytes; hexdump -C bytes; od -c bytes; od -An -tx2 bytes; strings bytes; xxd -p bytes | xxd -r -p | cmp - bytes && echo back
printf 'a\r\nb\r\n' | dos2unix | od -c; printf 'a\n' | unix2dos | wc -c | tr -d ' '

say files
echo x >f; cp -p f g; cp -a tree copied; diff -r tree copied && echo copied; stat -c '%F %s %h' f tree/link; stat -c %F tree; ln f hard; stat -c %h f; stat -c %i f hard | uniq | wc -l | tr -d ' '
touch -d @77 d1; touch -r d1 f; stat -c %Y f; touch -d @1234567890 copied; stat -c %Y copied; touch new; [ new -nt f ] && echo newer
truncate -s 5000 f; wc -c <f | tr -d ' '; truncate -s 3 f; wc -c <f | tr -d ' '; fallocate -l 100 f; wc -c <f | tr -d ' '
readlink -f tree/link | sed 's,.*/here/,,'; cd tree; realpath ../f | sed "s,$PWD,,;s,.*/here/,,"; cd ..; ln -s nothing dangling; readlink -f dangling | sed 's,.*/,,'; cat dangling 2>/dev/null; echo $?; ln -sf f dangling; readlink dangling; ln -sn tree d3; rm d3
ln -s loop loop; cat loop 2>/dev/null; echo $?; mv f tree/moved; ls tree | sort | tr '\n' ' '; echo; mv tree/moved .; mv -n moved d1; ls moved; rm -f nothing; rm nothing 2>/dev/null; echo $?
rm tree 2>/dev/null; echo $?; rmdir -p q/r 2>/dev/null; mkdir -p q/r; rmdir -p q/r; ls -d q 2>/dev/null; mkdir tree 2>/dev/null; echo $?; mktemp -d tmp.XXXXXX | sed 's/\..*//'; ls -d tmp.* | wc -l | tr -d ' '
dd if=d1 of=o bs=4 skip=1 count=2 2>/dev/null; cat o; echo; dd if=d1 of=o bs=2 seek=10 conv=notrunc count=1 2>/dev/null; wc -c <o | tr -d ' '; dd if=d1 bs=3 count=1 conv=ucase 2>/dev/null; dd if=/dev/zero bs=1M count=4 2>/dev/null | wc -c | tr -d ' '
ls -1 tree | sort; ls -a tree | sort | head -n 2; ls -R tree | wc -l | tr -d ' '; ls -l lines | awk '{ print $2, $5, $9 }'; ls -S d1 lines | head -n 1; ls nothing 2>/dev/null; echo $?; ls -F tree | sort | head -n 2
du -a tree | wc -l | tr -d ' '; basename /a/b.c .c; dirname /a/b/c; pwd | sed 's,.*/,,'; test -r d1 -a -w d1 && echo readable; tee t1 t2 <lines | wc -l | tr -d ' '; tee -a t1 <lines >/dev/null; wc -l <t1 | tr -d ' '
df . >/dev/null; echo $?; sync; echo $?; mkfifo fifo 2>/dev/null; cat /dev/null | wc -c | tr -d ' '; chmod 644 lines; echo $?

say ed
printf '1d\na\nadded\n.\n1,$s/e/E/\nw edited\nq\n' | ed lines; cat edited
printf '%s\n' 'text to see' | more; printf '%s\n' 'text to see' | less

say processes
sleep 30 & p=$!; ps >/dev/null; kill -0 $p && echo there; kill $p; wait $p; echo $?
timeout 0.2 sleep 10; echo $?; timeout -s KILL 0.2 sleep 10; echo $?; timeout 10 true; echo $?; timeout 10 sh -c 'exit 9'; echo $?
setsid sh -c 'echo session'; nice -n 5 echo nice 2>/dev/null; env -i X=1 env; env X=2 sh -c 'echo $X'; env -u TZ sh -c 'echo ${TZ-none}'
seq 1 8 | xargs -P 4 -n 1 sh -c 'sleep 0.0$0; echo $0' | sort | tr '\n' ' '; echo; seq 1 3 | xargs -I{} echo 'item {}'; echo 'a b' | xargs -n1 -t echo 2>/dev/null; xargs false </dev/null; echo a | xargs false; echo $?
time -f '' true; usleep 1000; sleep 0.01; which sed | sed 's,.*/,,'; whoami >/dev/null 2>&1; id -u >/dev/null && echo id; kill -l 9; nproc >/dev/null && echo nproc; uname -s >/dev/null && echo uname; tty </dev/null; echo $?
mkdir parts; printf '#!%s/sh\necho part one\n' "$PATH" >parts/one; printf '#!%s/sh\necho part two\n' "$PATH" >parts/two; chmod +x parts/*; run-parts parts; pidof nothing-such; echo $?
(sleep 0.1; echo 1) | (read x; echo "read $x"); sh -c 'sleep 5 & sleep 5 & kill $(jobs -p); wait; echo ended' 2>/dev/null
start=$(date +%s); watch -n 1 true >/dev/null 2>&1 & w=$!; sleep 0.1; kill $w; wait $w 2>/dev/null; echo watched
uptime >/dev/null; echo $?; free >/dev/null; echo $?; top -b -n 1 >/dev/null; echo $?; renice -n 1 $$ >/dev/null 2>&1; taskset -p $$ >/dev/null 2>&1; getopt ab: -a -b x y
cat /proc/self/stat | awk '{ print $2, (NF > 40) }'; cat /proc/$$/cmdline | tr '\0' ' ' | sed 's,.*/applets,applets,;s/ .*//'; echo; readlink /proc/self/exe | sed 's,.*/,,'

say shells
# A trap is in a shell of its own: after one, busybox 1.38 reads for ever, on Linux too.
set -e; (set +e; false; echo went on); set +e; set -u; (echo ${nosuch} 2>/dev/null); set +u; echo $?
x=abcabc; echo ${x#*b} ${x##*b} ${x%b*} ${x%%b*} ${x/b/X} ${x//b/X} ${x:1:3} ${#x}
IFS=:; set -- a:b c; for i in $1 $2; do echo "<$i>"; done; IFS=' '; echo *.t* | tr ' ' '\n' | head -n 2; echo [[:digit:]]*; case x.y in *.y) echo dot;; esac
f() { return 5; }; f; echo $?; g() { local a=1; echo "$a$b"; }; b=2 g; command -v f; type cd >/dev/null && echo type; alias q='echo alias'; eval q; unalias q; getopts ab: o -b arg; echo $o $OPTARG
exec 5<lines; read -r first <&5; read -r second <&5; echo "$first $second"; exec 5<&-; { echo a; echo b; } | while read l; do echo "$l$l"; done; read -t 0.1 nothing </dev/null; echo $?; printf 'a b c\n' | { read x y; echo "$y"; }
cat <<-END
	indented $((2 * 3))
	END
sh -c 'trap "echo trapped" USR1; kill -USR1 $$; trap - USR1'; ulimit -n >/dev/null && echo ulimit; umask 027; umask; umask 022; echo "$(echo a; echo b)" | wc -l | tr -d ' '; ! false && echo not; [ a \< b ] && echo less; [[ abc == a* ]] && echo match; wait; echo ${PIPESTATUS-none}; (exit 3) | true; echo $?
for i in $(seq 1 300); do echo $i; done | (while read i; do [ $i = 200 ] && break; done; cat >/dev/null); echo done; yes 2>/dev/null | head -n 100000 | tail -n 1
