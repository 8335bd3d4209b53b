// SPDX-License-Identifier: ISC
#include "support/key_terminal.h"

namespace bactrian {

KeyTerminal::KeyTerminal(int descriptor) : descriptor_(descriptor) {
  termios settings;
  if (tcgetattr(descriptor, &settings) != 0) return;
  before_ = settings;
  settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  settings.c_iflag &= ~static_cast<tcflag_t>(ICRNL | IXON);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  tcsetattr(descriptor, TCSADRAIN, &settings);
}

KeyTerminal::~KeyTerminal() {
  if (before_) tcsetattr(descriptor_, TCSADRAIN, &*before_);
}

}  // namespace bactrian
