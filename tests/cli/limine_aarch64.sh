#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Real Limine on aarch64's UEFI firmware.
# shellcheck source-path=SCRIPTDIR source=_lib.sh source=_limine.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"
source "${BASH_SOURCE[0]%/*}/_limine.sh"

limine_needs BOOTAA64.EFI
limine_boots aarch64 limine
# With ACPI's tables in place of a devicetree.
limine_boots aarch64 limine --machine virt,gic-version=3
