// SPDX-License-Identifier: ISC

#include <files/pipe_buffer.h>

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace nucleus {
namespace {

TEST(PipeBuffer, AgreesWithAModel) {
  std::mt19937 random{11};
  PipeBuffer buffer = PipeBuffer::create().take();
  std::string model;
  for (int step = 0; step < 5000; step++) {
    std::string data(random() % (step % 3 ? 3000 : 50000), static_cast<char>(random()));
    if (random() % 2) {
      const std::size_t count = buffer.put(std::as_bytes(std::span{data}));
      EXPECT_EQ(count, std::min(data.size(), PipeBuffer::capacity - model.size()));
      model.append(data, 0, count);
    } else {
      const std::size_t count = buffer.take(std::as_writable_bytes(std::span{data}));
      EXPECT_EQ(count, std::min(data.size(), model.size()));
      EXPECT_EQ(data.substr(0, count), model.substr(0, count));
      model.erase(0, count);
    }
    ASSERT_EQ(buffer.size(), model.size());
  }
}

}  // namespace
}  // namespace nucleus
