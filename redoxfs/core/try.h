// SPDX-License-Identifier: ISC
#pragma once

// TRY(expression) yields the value of a Result, or returns its error from the enclosing function. Not in a
// public header: the users of the library have a TRY of their own.

#include <redoxfs/result.h>

#define TRY(expression)                                \
  ({                                                   \
    auto try_result_ = (expression);                   \
    if (!try_result_.ok()) return try_result_.error(); \
    try_result_.take();                                \
  })
