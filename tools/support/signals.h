// SPDX-License-Identifier: ISC
#pragma once

// Ctrl-C and its kin: SIGINT, SIGTERM and SIGHUP set a flag and make interrupt_fd() readable, so that every
// wait of the tool (poll on that descriptor) ends at once and can end its children in order.

namespace bactrian {

/// Installs the handlers and ignores SIGPIPE. Called once, from main, before any thread starts.
void catch_signals();

/// True once a person or the system asked the tool to end.
bool interrupted();

/// Readable for ever after the first such signal.
int interrupt_fd();

}  // namespace bactrian
