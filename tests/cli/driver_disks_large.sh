#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
# The test driver_disks with a disk of 1 GiB.
DISK_MIB=1024
# shellcheck source-path=SCRIPTDIR source=driver_disks.sh
source "${BASH_SOURCE[0]%/*}/driver_disks.sh"
