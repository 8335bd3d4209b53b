#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What our UEFI loader says when it cannot boot: a message, and the machine is switched off instead of trying for ever.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

bactrian image "${BACTRIAN%/*}/examples/image.toml" -o good.img
expect_status 0
at=good.img@@1048576
export MTOOLS_SKIP_CHECK=1
mcopy -i $at ::/boot/kernel.elf kernel.elf
mcopy -i $at ::/limine/limine.conf limine.conf

# CASE: boots broken.img, which the lines before it have made, and expects the message. All cases at once: each waits for
# ten seconds for a key.
boot() { # NAME MESSAGE
  local status=0
  "$BACTRIAN" run --boot uefi --timeout 200 "$1.img" >"$1.out" 2>"$1.err" </dev/null || status=$?
  if [ $status != 70 ] || [ -s "$1.out" ] || ! grep -qF -- "$2" "$1.err"; then
    echo "$1: status $status, not 70, or no '$2':" >"$1.failed"
    cat "$1.out" "$1.err" >>"$1.failed"
  fi
}
broken() { # NAME
  cp good.img "$1.img"
  at=$1.img@@1048576
}
into() { mcopy -o -i "$at" "$1" "::$2"; } # FILE PATH

broken no_kernel && mdel -i "$at" ::/boot/kernel.elf
broken no_module && mdel -i "$at" ::/boot/bundle.tar
broken no_config && mdel -i "$at" ::/limine/limine.conf
broken bad_config && sed 's/protocol: limine/protocol: linux/' limine.conf >c && into c /limine/limine.conf
broken short_kernel && head -c 100000 kernel.elf >k && into k /boot/kernel.elf
broken no_elf && into limine.conf /boot/kernel.elf
broken wrong_machine && cp kernel.elf k && byte b7 | dd of=k bs=1 seek=18 conv=notrunc status=none && into k /boot/kernel.elf
# Without the start marker and the tag of the base revision.
broken no_requests && LC_ALL=C sed 's/\xae\xd1\xe7\x9d\xb3\xf4\xb8\xf6/AAAAAAAA/; s/\xc8\xa6\x95.-+V\xf9/AAAAAAAA/' kernel.elf >k &&
  into k /boot/kernel.elf
# More memory than the machine has, in its second segment's size.
broken too_large && cp kernel.elf k && size_at=$(($(od -An -tu8 -j 32 -N 8 k) + 4 * 56 + 40)) &&
  printf '\x00\x00\x00\x40' | dd of=k bs=1 seek=$size_at conv=notrunc status=none && into k /boot/kernel.elf

boot no_kernel "/boot/kernel.elf: there is no such file on the boot volume" &
boot no_module "/boot/bundle.tar: there is no such file on the boot volume" &
boot no_config "/limine/limine.conf: there is no such file on the boot volume" &
boot bad_config "/limine/limine.conf, line 5: only the protocol limine is supported" &
wait
boot short_kernel "/boot/kernel.elf: it is cut off: a segment lies beyond its end" &
boot no_elf "/boot/kernel.elf: it is no ELF file" &
boot wrong_machine "/boot/kernel.elf: it is for another kind of processor" &
boot no_requests "/boot/kernel.elf: it is no kernel for the Limine protocol" &
boot too_large "there is not enough memory" &
wait
cat ./*.failed 2>/dev/null && exit 1
exit 0
