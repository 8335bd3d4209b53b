// SPDX-License-Identifier: ISC
#pragma once

// Each Error as one of Linux' error numbers.  Spec: [linux/uapi "asm-generic/errno.h"]

#include <nucleus/result.h>

namespace nucleus {

constexpr int errno_of(Error error) {
  switch (error) {
    case Error::out_of_memory:
      return 12;  // ENOMEM
    case Error::invalid_argument:
    case Error::malformed:
      return 22;  // EINVAL
    case Error::not_found:
      return 2;  // ENOENT
    case Error::exists:
      return 17;  // EEXIST
    case Error::busy:
      return 16;  // EBUSY
    case Error::not_permitted:
      return 1;  // EPERM
    case Error::access_denied:
      return 13;  // EACCES
    case Error::bad_address:
      return 14;  // EFAULT
    case Error::bad_descriptor:
      return 9;  // EBADF
    case Error::not_directory:
      return 20;  // ENOTDIR
    case Error::is_directory:
      return 21;  // EISDIR
    case Error::not_empty:
      return 39;  // ENOTEMPTY
    case Error::not_supported:
      return 95;  // EOPNOTSUPP
    case Error::not_implemented:
      return 38;  // ENOSYS
    case Error::would_block:
      return 11;  // EAGAIN
    case Error::interrupted:
      return 4;  // EINTR
    case Error::timed_out:
      return 110;  // ETIMEDOUT
    case Error::too_many:
      return 24;  // EMFILE
    case Error::too_long:
      return 36;  // ENAMETOOLONG
    case Error::no_space:
      return 28;  // ENOSPC
    case Error::out_of_range:
      return 34;  // ERANGE
    case Error::broken_pipe:
      return 32;  // EPIPE
    case Error::not_terminal:
      return 25;  // ENOTTY
    case Error::not_seekable:
      return 29;  // ESPIPE
    case Error::no_such_thread:
      return 3;  // ESRCH
    case Error::io_error:
      return 5;  // EIO
    case Error::loop:
      return 40;  // ELOOP
    case Error::file_too_large:
      return 27;  // EFBIG
    case Error::no_device:
      return 19;  // ENODEV
  }
  return 5;
}

}  // namespace nucleus
