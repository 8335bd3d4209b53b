#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Disk images: made, the same bytes each time, booted by firmware on all architectures.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

example=${BACTRIAN%/*}/examples/image.toml

cat >odd.ml <<'END'
let () =
  print_endline (String.concat "," (Array.to_list Sys.argv));
  print_endline (Sys.getenv "COLOUR");
  In_channel.with_open_bin "/data/notes.txt" In_channel.input_all |> print_string;
  (match In_channel.input_line stdin with Some line -> print_endline line | None -> print_endline "no input");
  prerr_endline "to stderr";
  exit 7
END
echo "some notes" >notes.txt
mkdir -p shelf/books && echo "a story" >shelf/books/story && ln -s story shelf/books/link
cat >odd.toml <<'END'
kind = "program"
program = "odd.ml"
args = ["a b", "c"]
data = "2M"
data_from = "shelf"
[env]
COLOUR = "blue"
[files]
"/data/notes.txt" = "notes.txt"
END

odd_output="odd,a b,c
blue
some notes
a line"

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch "$example" -o "$arch.img"
  expect_status 0 && expect_out ""
  bactrian run --arch $arch --boot uefi "$arch.img" # the first use installs the firmware, and says so
  bactrian run --arch $arch --boot uefi "$arch.img"
  expect_status 0 && [ ! -s err ] || fails "$arch: something on stderr"
  expect_out "Hello, from
Hello, a
Hello, disk"

  bactrian image --arch $arch odd.toml -o "odd-$arch.img"
  expect_status 0
  echo "a line" >input
  bactrian run --cpus 4 --boot uefi "odd-$arch.img" <input
  expect_status 7 && expect_out "$odd_output"
  [ "$(cat err)" = "to stderr" ] || fails "$arch: stderr is not the program's"
  bactrian run --boot direct "odd-$arch.img" <input
  expect_status 7 && expect_out "$odd_output"
done

# Firmware that hands ACPI's tables on instead of a devicetree.
for machine in virt virt,gic-version=3; do
  bactrian run --cpus 2 --machine "$machine" --boot uefi odd-aarch64.img <input
  expect_status 7 && expect_out "$odd_output"
done

# The data partition: a sound file system with just that, and nothing of who made it when.
bactrian fs check odd-x86_64.img
expect_status 0
bactrian fs cat odd-x86_64.img /books/link
expect_status 0 && expect_out "a story"
bactrian fs ls -lR odd-x86_64.img
expect_status 0
[ "$(grep -c 1970-01-01 out)" = 3 ] || fails "not three entries of 1970"
bactrian fs get odd-x86_64.img / shelf.back
diff -r --no-dereference shelf shelf.back || fails "the data partition has other content"
bactrian fs df --json x86_64.img
expect_status 0 && grep -q '"bytes":16777216' out || fails "the example has no data partition of 16 MiB"

# Neither time nor chance: another moment, another folder, another owner.
sleep 1.1
mkdir elsewhere && cp -r odd.ml odd.toml notes.txt shelf elsewhere/ && touch elsewhere/* elsewhere/shelf/books/*
[ "$(id -u)" != 0 ] || chown -hR 1234:1234 elsewhere/shelf
(cd elsewhere && "$BACTRIAN" image odd.toml -o ../again.img)
cmp odd-x86_64.img again.img || fails "the same configuration made another disk"

# Damage, and what a disk cannot take.
cp x86_64.img damaged.img
printf 'x' | dd of=damaged.img bs=1 seek=1100 conv=notrunc status=none
bactrian run --boot uefi damaged.img
expect_status 125 && expect_err "damaged.img" && expect_err "partition table is damaged" && expect_remedy
bactrian run --boot uefi x86_64.img -- argument
expect_status 125 && expect_err "takes no arguments" && expect_remedy
bactrian run --boot uefi odd.ml
expect_status 125 && expect_err "--boot is for disk images" && expect_remedy
bactrian run --boot floppy x86_64.img
expect_status 125 && expect_err "unknown way to boot 'floppy'" && expect_remedy
LIMINE_DIR=/nonexistent bactrian run --boot limine x86_64.img
expect_status 125 && expect_err "Limine is not here" && expect_remedy

# Mistakes in a configuration: file and line.
printf 'kind = "program"\nprogram = "odd.ml"\ndata = "big"\n' >bad.toml
bactrian image bad.toml -o bad.img
expect_status 125 && expect_err "bad.toml:3: 'big' is no size" && expect_remedy
printf 'kind = "program"\nprogram = "odd.ml"\ndata = "2M"\ndata_from = "bigger"\n' >bad.toml
mkdir bigger && head -c 3000000 /dev/urandom >bigger/big
bactrian image bad.toml -o bad.img
expect_status 1 && expect_err "no space left"
printf 'kind = "program\n' >bad.toml
bactrian image bad.toml -o bad.img
expect_status 125 && expect_err "bad.toml:1: not TOML" && expect_remedy
[ ! -e bad.img ] || fails "a broken configuration left an image"
