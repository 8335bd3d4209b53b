#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
# limit: 5400
# Random system calls for half an hour and more, on all architectures, with seeds of the clock.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/process

status=0
"$here/fuzz" 2100 >out 2>err || status=$?
cat out
expect_status 0
