// SPDX-License-Identifier: ISC
#pragma once

// User mode.

#include <arch/aarch64/user/user_mode.h>
