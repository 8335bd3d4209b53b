// SPDX-License-Identifier: ISC
#include <fcntl.h>

#include "cli/options.h"
#include "support/signals.h"

/// A standard stream that we were started without must not become some file that we open.
static void fill_standard_streams() {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);  // takes the lowest free number: this one
}

int main(int argc, char** argv) {
  fill_standard_streams();
  bactrian::catch_signals();
  return bactrian::dispatch(argc, argv);
}
