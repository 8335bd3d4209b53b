# SPDX-License-Identifier: ISC
# The tool chain's own tests: sources that are wrong or missing, full disks, interruption.
exec "$(dirname "$BACTRIAN")/toolchain/test"
