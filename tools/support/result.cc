// SPDX-License-Identifier: ISC
#include "support/result.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "support/terminal.h"

namespace bactrian {

Error system_error(std::string doing, int code, std::string where) {
  std::string remedy;
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      remedy =
          "free some disk space, or set BACTRIAN_CACHE to a folder on a larger disk (`bactrian clean` shows"
          " what the cache holds)";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      remedy = "check the permissions of the file and of its folder";
      break;
    case EMFILE:
    case ENFILE:
      remedy = "raise the limit of open files (ulimit -n)";
      break;
    default:
      break;
  }
  return Error{
      .message = std::move(doing) + ": " + std::strerror(code), .where = std::move(where), .remedy = remedy};
}

Error interrupted_error() {
  return Error{.message = "interrupted", .status = static_cast<int>(ExitStatus::interrupted)};
}

void print_error(const Error& error) {
  if (error.message.empty()) return;
  const Paint paint(stderr);
  std::string text = paint.red("bactrian:") + " ";
  if (!error.where.empty()) text += error.where + ": ";
  text += error.message + "\n";
  if (!error.remedy.empty()) text += "  " + paint.bold("to fix:") + " " + error.remedy + "\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace bactrian
