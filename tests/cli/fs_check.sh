#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# `bactrian fs check`: what --quick leaves out, what --json says, what --repair mends; and the lines of progress.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

flip() { # IMAGE TEXT: changes the text's first byte, wherever it is
  python3 - "$1" "$2" <<'PYTHON'
import re, sys
with open(sys.argv[1], "r+b") as image:
    data = image.read()
    places = [m.start() for m in re.finditer(re.escape(sys.argv[2].encode()), data)]
    assert places, "no such text in the image"
    for place in places:
        image.seek(place)
        image.write(b"#")
PYTHON
}
json() { # EXPRESSION, of `lines`: the objects that were printed
  python3 -c "import json, sys; lines = [json.loads(line) for line in sys.stdin]; assert $1, lines" <out || fails "not so: $1"
}

mkdir -p tree/folder
python3 -c 'import random; r = random.Random(1); open("tree/noise", "wb").write(b"caravanserai" + r.randbytes(50000))'
echo dates >tree/folder/dates
bactrian fs make good.img --from tree --size 8M
expect_status 0

bactrian fs check --json good.img
expect_status 0
json 'lines == [lines[-1]] and lines[-1]["files"] == 2 and lines[-1]["directories"] == 2 and lines[-1]["problems"] == 0'
json 'lines[-1]["used_bytes"] + lines[-1]["free_bytes"] + lines[-1]["leaked_bytes"] <= 8 << 20 and lines[-1]["leaked_bytes"] == 0'

# Damaged data: only a whole check sees it. It cannot be mended, and is never given out.
cp good.img data.img
flip data.img caravanserai
bactrian fs check --quick data.img
expect_status 0 && grep -q 'all good' out || fails "a quick check has read data"
bactrian fs check data.img
expect_status 1 && grep -q 'the data of a file is damaged: node' out || fails "the damage is not told"
bactrian fs check --json data.img
expect_status 1
json 'len(lines) == 2 and lines[0]["problem"] == "the data of a file is damaged" and not lines[0]["harmless"] and lines[0]["node"] > 1'
json 'lines[-1]["problems"] == 1 and lines[-1]["unrepaired"] == 1'
bactrian fs check --repair --json data.img
expect_status 1
json 'lines[-1]["problems"] == 1 and lines[-1]["unrepaired"] == 1'
bactrian fs cat data.img /noise
expect_status 1 && expect_err "cannot read" && expect_remedy && [ ! -s out ] || fails "damaged data was printed"
bactrian fs cat data.img /folder/dates
expect_status 0 && expect_out dates

# A damaged directory: seen by both, and mended.
cp good.img names.img
flip names.img dates
bactrian fs check --quick names.img
expect_status 1
bactrian fs check --repair --quick --json names.img
expect_status 0
json 'lines[-1]["problems"] > 0 and lines[-1]["unrepaired"] == 0'
bactrian fs check names.img
expect_status 0

# A damaged newest header: the generation before it is used, and whoever opens the file system is told.
cp good.img header.img
bactrian fs mkdir header.img /newest
expect_status 0
python3 - header.img <<'PYTHON'
import struct, sys
with open(sys.argv[1], "r+b") as image:
    headers = [image.read(4096) for _ in range(256)]
    slot, _ = max(((i, struct.unpack_from("<Q", h, 40)[0]) for i, h in enumerate(headers) if h[:8] == b"RedoxFS\0"), key=lambda pair: pair[1])
    image.seek(slot * 4096 + 100)
    image.write(b"#")
PYTHON
bactrian fs ls header.img
expect_status 0 && expect_err "the newest header of header.img is damaged" && expect_out "$(printf 'folder\nnoise')"
bactrian fs check header.img
expect_status 1 && grep -q 'the newest header is damaged; the one before it is used' out || fails "check does not tell of the header"
bactrian fs check --repair header.img
expect_status 0
bactrian fs ls header.img
expect_status 0 && expect_no_err damaged

# An image beside it is not changed by looking, nor by a check.
cp good.img before.img
bactrian fs check good.img && bactrian fs ls -lR good.img && bactrian fs df good.img
cmp good.img before.img || fails "a check has changed the image"
head -c 2M /dev/zero >empty.img
bactrian fs check empty.img
expect_status 1 && expect_remedy
bactrian fs check --qick good.img
expect_status 125

# The other commands in JSON.
bactrian fs make --json --size 8M made.img
expect_status 0
json 'lines[0]["file"] == "made.img" and lines[0]["bytes"] == 8 << 20 and not lines[0]["encrypted"] and lines[0]["free_bytes"] > 6 << 20'
bactrian fs make --json --size 8M $'caf\xe9.img'
expect_status 0
json 'lines[0]["bytes"] == 8 << 20'
bactrian fs stat --json good.img /folder/dates
expect_status 0
json 'lines[0]["path"] == "/folder/dates" and lines[0]["type"] == "file" and lines[0]["size"] == 6 and lines[0]["links"] == 1'
bactrian fs ls -R --json good.img
expect_status 0
json 'sorted(line["path"] for line in lines) == ["/folder", "/folder/dates", "/noise"]'
bactrian fs df --json good.img
expect_status 0
json 'len(lines[0]["uuid"]) == 36 and lines[0]["used_bytes"] + lines[0]["free_bytes"] == lines[0]["bytes"] == 8 << 20'

# Progress: an archive that comes slowly is told of on a terminal, in one line that goes away; elsewhere not at once.
tar -C tree -cf tree.tar .
mkfifo pipe
slowly() { head -c 30000 tree.tar && sleep 1 && tail -c +30001 tree.tar; }
slowly >pipe &
status=0
python3 "${BASH_SOURCE[0]%/*}/_terminal.py" -- "$BACTRIAN" fs make slow.img --size 8M --from pipe >out 2>err || status=$?
expect_status 0 && grep -q 'unpacking pipe: .*KiB of ' out || fails "no progress on a terminal"
wait
slowly >pipe &
bactrian fs make slow.img --size 8M --from pipe
expect_status 0 && expect_no_err unpacking
wait
bactrian fs cat slow.img /folder/dates
expect_status 0 && expect_out dates
