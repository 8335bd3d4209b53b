// SPDX-License-Identifier: ISC
#include "bench/peer.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

TEST(Peer, CutsTheConsoleAtTheMarks) {
  auto outputs = split_peer_output(
      "[ 0.1] kernel text\n\n@@begin a\nname 1.5\n\n@@end a 0\n\n@@begin b\n\n@@end b 139\n[ 9] reboot\n");
  EXPECT_EQ(outputs["a"].out, "name 1.5\n");
  EXPECT_EQ(outputs["a"].status, 0);
  EXPECT_EQ(outputs["b"].status, 139);
}

TEST(Peer, SeesThatOneDidNotEnd) {
  auto outputs = split_peer_output("\n@@begin a\nhalf");
  EXPECT_EQ(outputs["a"].out, "half");
  EXPECT_EQ(outputs["a"].status, -1);
}

}  // namespace
}  // namespace bactrian
