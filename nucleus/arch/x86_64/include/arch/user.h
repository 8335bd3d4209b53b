// SPDX-License-Identifier: ISC
#pragma once

// User mode.

#include <arch/x86_64/user/user_mode.h>
