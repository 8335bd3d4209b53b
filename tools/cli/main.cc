// SPDX-License-Identifier: ISC
#include <string_view>

#include "build/link_record.h"
#include "cli/options.h"
#include "support/signals.h"

int main(int argc, char** argv) {
  // Not a command for people: ocamlopt calls us in the place of its C linker (build/shim.h).
  if (argc > 1 && std::string_view(argv[1]) == "__record-link")
    return bactrian::record_link({argv + 2, argv + argc});
  bactrian::catch_signals();
  return bactrian::dispatch(argc, argv);
}
