// SPDX-License-Identifier: ISC
#pragma once

// What the checked (_FORTIFY_SOURCE) names share. A caller passes the size that the compiler knows of the
// buffer, or SIZE_MAX where it knows none.

#include <stddef.h>

/// Says what happened on stderr and aborts: a buffer is about to be overrun.
_Noreturn void __chk_fail(void);

/// Aborts unless `wanted` elements fit where `available` are.
static inline void must_fit(size_t wanted, size_t available) {
  if (wanted > available) __chk_fail();
}
