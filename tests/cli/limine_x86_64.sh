#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Real Limine on x86_64's UEFI firmware.
# shellcheck source-path=SCRIPTDIR source=_lib.sh source=_limine.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"
source "${BASH_SOURCE[0]%/*}/_limine.sh"

limine_needs BOOTX64.EFI
limine_boots x86_64 limine
