// SPDX-License-Identifier: ISC
#include <fcntl.h>

#include <string_view>

#include "build/link_record.h"
#include "cli/options.h"
#include "support/signals.h"

namespace {

/// A standard descriptor that we got closed would be the next file we open, and taken for what it is not.
void fill_closed_descriptors() {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // Not a command for people: ocamlopt calls us in the place of its C linker (build/shim.h).
  if (argc > 1 && std::string_view(argv[1]) == "__record-link")
    return bactrian::record_link({argv + 2, argv + argc});
  fill_closed_descriptors();
  bactrian::catch_signals();
  return bactrian::dispatch(argc, argv);
}
