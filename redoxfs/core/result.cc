// SPDX-License-Identifier: ISC
#include <redoxfs/result.h>

namespace redoxfs {

const char* describe(Error error) {
  switch (error) {
    case Error::out_of_memory:
      return "out of memory";
    case Error::io:
      return "the device failed";
    case Error::damaged:
      return "damaged";
    case Error::not_found:
      return "no such file or directory";
    case Error::exists:
      return "exists already";
    case Error::not_directory:
      return "not a directory";
    case Error::is_directory:
      return "is a directory";
    case Error::not_empty:
      return "the directory is not empty";
    case Error::no_space:
      return "no space left";
    case Error::name_too_long:
      return "the name is too long";
    case Error::invalid_argument:
      return "invalid argument";
    case Error::read_only:
      return "read-only";
    case Error::too_many_links:
      return "too many links";
    case Error::file_too_large:
      return "the file is too large";
    case Error::not_permitted:
      return "not permitted";
    case Error::wrong_password:
      return "wrong password";
    case Error::not_supported:
      return "not supported";
    case Error::busy:
      return "busy";
  }
  return "unknown error";
}

}  // namespace redoxfs
