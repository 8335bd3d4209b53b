// SPDX-License-Identifier: ISC
#pragma once

// The one lock of all files and directories. It is a Mutex and not a spin lock because file contents are
// copied to and from program memory, which may fault, under it.

#include <nucleus/mutex.h>

namespace nucleus {

extern Mutex file_mutex;

class FileGuard : public MutexGuard {
 public:
  [[nodiscard]] FileGuard() : MutexGuard{file_mutex} {}
};

}  // namespace nucleus
