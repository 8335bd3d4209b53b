#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# `bactrian fs`: an image of a tree and the tree back from it, byte for byte; each command once; passwords; damage.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

fs() { "$BACTRIAN" fs "$@"; }
same_trees() { # A B: names, types, modes, times, link targets, content
  diff -r --no-dereference "$1" "$2"
  diff <(cd "$1" && find . -printf '%p %y %m %T@ %l %n\n' | sed 's/ d \(.*\) [0-9]*$/ d \1/' | LC_ALL=C sort) \
    <(cd "$2" && find . -printf '%p %y %m %T@ %l %n\n' | sed 's/ d \(.*\) [0-9]*$/ d \1/' | LC_ALL=C sort)
}

mkdir -p tree/deep/er tree/empty
printf 'hello\n' >tree/hello
head -c 700000 /dev/urandom >tree/deep/random
yes 'the same line again and again' | head -c 900000 >tree/deep/er/text
truncate -s 3M tree/deep/sparse
printf tail >>tree/deep/sparse
ln -s ../hello tree/deep/link
ln -s /nowhere tree/dangling
ln tree/hello tree/deep/hard
touch "tree/ünïcode name"
chmod 4750 tree/hello
chmod 1777 tree/empty
touch -d '2001-02-03 04:05:06.789' tree/deep/random tree/deep

# From a folder, from an archive, and back.
fs make a.img --from tree --seed 7
fs make b.img --from tree --seed 7
cmp a.img b.img
fs check a.img | grep -q 'all good'
fs get a.img / out
same_trees tree out
tar -C tree --format=posix -czf tree.tar.gz .
fs make c.img --from tree.tar.gz --size 32M
mkdir out2
fs get c.img / out2
same_trees tree out2
python3 "$(dirname "$BACTRIAN")/redoxfs/tests/reader.py" check a.img
python3 "$(dirname "$BACTRIAN")/redoxfs/tests/reader.py" check c.img

# Each command.
fs ls a.img | grep -qx hello
fs ls -lR a.img / | grep -q -- '-rwsr-x---'
fs ls --json a.img /deep | python3 -c 'import json, sys; assert {json.loads(l)["path"] for l in sys.stdin} >= {"/deep/link", "/deep/er"}'
[ "$(fs cat a.img /deep/link)" = hello ]
fs put a.img tree/deep /copy
fs get a.img /copy out3
diff -r --no-dereference tree/deep out3
fs mkdir -p a.img /x/y/z
fs mv a.img /hello /x/y
fs ln a.img /x/y/hello /x/again
fs ln -s a.img y/hello /x/soft
[ "$(fs cat a.img /x/soft)" = hello ]
fs stat --json a.img /x/again | python3 -c 'import json, sys; assert json.load(sys.stdin)["links"] == 3'
fs rm -r a.img /copy /x/y
fs rm -f a.img /not/there 2>/dev/null && exit 1
fs df --json a.img | python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["used_bytes"] + d["free_bytes"] == d["bytes"]'
fs check a.img

# Errors say what and where, and end with 1; mistakes in the command line with 125.
fs cat a.img /none 2>err && exit 1
grep -q 'no such file' err
status=0; fs cat a.img /none 2>/dev/null || status=$?
[ $status = 1 ]
status=0; fs unknown 2>/dev/null || status=$?
[ $status = 125 ]
status=0; fs make tiny.img --size 4K 2>err || status=$?
[ $status = 125 ] && grep -q 'too small' err

# Passwords.
BACTRIAN_FS_PASSWORD=camel fs make e.img --encrypt --from tree --size 16M
BACTRIAN_FS_PASSWORD=camel fs get e.img / out4
same_trees tree out4
BACTRIAN_FS_PASSWORD=camel python3 "$(dirname "$BACTRIAN")/redoxfs/tests/reader.py" check e.img
BACTRIAN_FS_PASSWORD=llama fs ls e.img 2>err && exit 1
grep -q 'wrong password' err
BACTRIAN_FS_PASSWORD=camel BACTRIAN_FS_NEW_PASSWORD=llama fs passwd e.img
BACTRIAN_FS_PASSWORD=llama fs ls e.img >/dev/null
BACTRIAN_FS_PASSWORD=camel fs ls e.img 2>/dev/null && exit 1
BACTRIAN_FS_PASSWORD=llama fs check e.img
if grep -q 'again and again' e.img; then exit 1; fi

# Damage is found, told, and mended.
python3 - a.img <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as image:  # a block of a directory or a node
    data = image.read()
    assert b"\5again" in data
    image.seek(0)
    image.write(data.replace(b"\5again", b"\5AGAIN"))
PYTHON
fs check a.img >found && exit 1
grep -q damaged found
fs check --repair a.img
fs check a.img >found
if grep -q note found; then cat found && exit 1; fi

