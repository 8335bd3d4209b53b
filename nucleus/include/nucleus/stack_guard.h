// SPDX-License-Identifier: ISC
#pragma once

// Stack canaries, of debug builds: compiled code puts a secret word between a function's arrays and its
// return address and looks at it before it returns (-fstack-protector-strong).

namespace nucleus {

#ifdef NUCLEUS_STACK_GUARD
/// Chooses the secret of this boot; before, it is a constant. Context: entropy has been gathered; only
/// functions that never return have frames.
void init_stack_guard();
#else
inline void init_stack_guard() {}
#endif

}  // namespace nucleus
