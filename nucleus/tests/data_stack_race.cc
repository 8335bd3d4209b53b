// SPDX-License-Identifier: ISC

// Data stacks with real threads, for ThreadSanitizer: each item arrives once and whole, and each putter's
// items reach a getter in their order.

#include <gtest/gtest.h>

#include <nucleus/data_stack.h>

#include <atomic>
#include <thread>
#include <vector>

namespace nucleus {
namespace {

void exchange(unsigned putters, unsigned getters, uint32_t capacity, uint64_t each) {
  std::vector<uint64_t> words(DataStack::size_for(capacity) / sizeof(uint64_t));
  const DataStack stack = DataStack::format(words.data(), capacity);
  std::atomic<uint64_t> got{0};
  std::atomic<bool> good{true};
  std::vector<std::atomic<uint8_t>> seen(putters * each);
  std::vector<std::thread> threads;
  for (unsigned p = 0; p < putters; ++p) {
    threads.emplace_back([&, p] {
      uint64_t next = 0;
      while (next < each) {
        DataItem some[5];
        const auto count = static_cast<uint32_t>(std::min<uint64_t>(1 + next % 5, each - next));
        for (uint32_t k = 0; k < count; ++k) some[k] = {p * each + next + k, next + k, p, 7};
        const uint32_t taken = stack.put(some, count);
        if (taken == 0) std::this_thread::yield();
        next += taken;
      }
    });
  }
  for (unsigned g = 0; g < getters; ++g) {
    threads.emplace_back([&] {
      std::vector<uint64_t> last(putters, 0);
      while (got.load() < putters * each) {
        DataItem some[4];
        const uint32_t taken = stack.get(some, 4);
        if (taken == 0) std::this_thread::yield();
        for (uint32_t k = 0; k < taken; ++k) {
          const DataItem& it = some[k];
          if (it.kind != 7 || it.token != it.length * each + it.buffer || it.buffer + 1 <= last[it.length])
            good = false;
          last[it.length] = it.buffer + 1;
          if (seen[it.token].exchange(1) != 0) good = false;
        }
        got += taken;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(good);
  EXPECT_EQ(got.load(), putters * each);
  EXPECT_EQ(stack.depth(), 0u);
}

TEST(DataStackRace, OneAndOne) {
  exchange(1, 1, 2, 20'000);
}
TEST(DataStackRace, ThreeAndTwo) {
  exchange(3, 2, 8, 5'000);
}

}  // namespace
}  // namespace nucleus
