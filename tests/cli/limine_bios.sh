#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Real Limine on a BIOS, which it must be installed for.
# shellcheck source-path=SCRIPTDIR source=_lib.sh source=_limine.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"
source "${BASH_SOURCE[0]%/*}/_limine.sh"

limine_needs limine-bios.sys
[ -e "$LIMINE_DIR/limine" ] || limine_needs limine.c
limine_boots x86_64 limine-bios
