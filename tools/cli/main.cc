// SPDX-License-Identifier: ISC
#include "cli/options.h"
#include "support/signals.h"

int main(int argc, char** argv) {
  bactrian::catch_signals();
  return bactrian::dispatch(argc, argv);
}
