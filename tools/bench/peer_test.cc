// SPDX-License-Identifier: ISC
#include "bench/peer.h"

#include <gtest/gtest.h>

#include <random>

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

TEST(Peer, TakesAnyConsole) {
  const std::string whole = "\n@@begin a\nname 1.5\n\n@@end a 0\n\n@@begin b\n\n@@end b 139\n";
  std::minstd_rand random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string text = whole.substr(random() % whole.size());
    for (int changes = 0; changes < 3 && !text.empty(); ++changes)
      text[random() % text.size()] = static_cast<char>(random());
    (void)split_peer_output(text);
  }
}

}  // namespace
}  // namespace bactrian
