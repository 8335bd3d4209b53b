// SPDX-License-Identifier: ISC

#include <nucleus/result.h>

namespace nucleus {

const char* describe(Error error) {
  switch (error) {
    case Error::out_of_memory:
      return "out of memory";
    case Error::invalid_argument:
      return "invalid argument";
    case Error::not_found:
      return "not found";
    case Error::exists:
      return "exists already";
    case Error::busy:
      return "busy";
    case Error::not_permitted:
      return "not permitted";
    case Error::access_denied:
      return "access denied";
    case Error::bad_address:
      return "bad address";
    case Error::bad_descriptor:
      return "bad descriptor";
    case Error::not_directory:
      return "not a directory";
    case Error::is_directory:
      return "is a directory";
    case Error::not_empty:
      return "not empty";
    case Error::not_supported:
      return "not supported";
    case Error::not_implemented:
      return "not implemented";
    case Error::would_block:
      return "would block";
    case Error::interrupted:
      return "interrupted";
    case Error::timed_out:
      return "timed out";
    case Error::too_many:
      return "too many";
    case Error::too_long:
      return "too long";
    case Error::no_space:
      return "no space";
    case Error::out_of_range:
      return "out of range";
    case Error::broken_pipe:
      return "broken pipe";
    case Error::not_terminal:
      return "not a terminal";
    case Error::not_seekable:
      return "not seekable";
    case Error::no_such_thread:
      return "no such thread";
    case Error::malformed:
      return "malformed";
    case Error::io_error:
      return "input/output error";
    case Error::loop:
      return "too many symbolic links";
    case Error::file_too_large:
      return "file too large";
    case Error::no_device:
      return "no such device";
  }
  return "unknown error";
}

}  // namespace nucleus
