// SPDX-License-Identifier: ISC
#include "bench/cpio.h"

#include <gtest/gtest.h>

namespace bactrian {
namespace {

TEST(Cpio, HeaderNameAndContentAreAligned) {
  CpioWriter writer;
  writer.add_program("init", "abcde");
  std::string bytes = writer.finish();
  EXPECT_EQ(bytes.substr(0, 6), "070701");
  EXPECT_EQ(bytes.substr(14, 8), "000081ed");          // mode 0100755
  EXPECT_EQ(bytes.substr(6 + 6 * 8, 8), "00000005");   // size of the content
  EXPECT_EQ(bytes.substr(6 + 11 * 8, 8), "00000005");  // size of the name
  EXPECT_EQ(bytes.substr(110, 5), std::string("init\0", 5));
  EXPECT_EQ(bytes.substr(116, 5), "abcde");
  EXPECT_EQ(bytes.substr(124, 6), "070701");
  EXPECT_EQ(bytes.size() % 4, 0u);
  EXPECT_NE(bytes.find("TRAILER!!!"), std::string::npos);
}

}  // namespace
}  // namespace bactrian
