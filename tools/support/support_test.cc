// SPDX-License-Identifier: ISC
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "support/cache.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/text.h"

namespace bactrian {
namespace {

using std::chrono::milliseconds;

TEST(Text, Sizes) {
  EXPECT_EQ(parse_size("4096").value(), 4096u);
  EXPECT_EQ(parse_size("1M").value(), 1u << 20);
  EXPECT_EQ(parse_size("1.5GiB").value(), 3ULL << 29);
  EXPECT_EQ(parse_size("512kb").value(), 512u << 10);
  EXPECT_EQ(parse_size("64T").value(), 64ULL << 40);
  for (const char* wrong : {"", "M", "-1M", "1X", "1MM", "0x10", "1 M", "inf", "999999999T"})
    EXPECT_FALSE(parse_size(wrong).ok()) << wrong;
  EXPECT_EQ(format_size(256ULL << 20), "256 MiB");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
}

TEST(Text, Words) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(shell_command({"a", "b c", "it's", ""}), "a 'b c' 'it'\\''s' ''");
  EXPECT_EQ(nearest("rnu", {"run", "build"}), "run");
  EXPECT_EQ(nearest("zzzzzz", {"run", "build"}), "");
}

TEST(Hash, KnownAnswer) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(KeyBuilder().add("a", "bc").key(), KeyBuilder().add("ab", "c").key());
  EXPECT_EQ(KeyBuilder().add("a", "b").key().size(), 16u);
}

TEST(Process, StatusAndStreams) {
  const auto finished = run(Command{.argv = {"sh", "-c", "cat; echo oops >&2; exit 7"},
                                    .in = Stream::pipe,
                                    .out = Stream::pipe,
                                    .err = Stream::pipe},
                            {}, "given")
                            .value();
  EXPECT_EQ(finished.status, 7);
  EXPECT_EQ(finished.out, "given");
  EXPECT_EQ(finished.err, "oops\n");
}

TEST(Process, MuchBothWays) {
  const std::string much(3 << 20, 'x');
  const auto finished =
      run(Command{.argv = {"cat"}, .in = Stream::pipe, .out = Stream::pipe}, {}, much).value();
  EXPECT_EQ(finished.out, much);
}

TEST(Process, ChildThatDoesNotRead) {
  signal(SIGPIPE, SIG_IGN);  // as catch_signals() does
  const std::string much(3 << 20, 'x');
  const auto finished = run(Command{.argv = {"true"}, .in = Stream::pipe}, {}, much);
  EXPECT_TRUE(finished.ok());
}

TEST(Process, MissingProgram) {
  const auto result = run(Command{.argv = {"no-such-program-here"}});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().remedy, "");
  EXPECT_FALSE(run(Command{.argv = {"/etc/passwd"}}).ok());
}

TEST(Process, EnvironmentAndFolder) {
  const auto finished = run(Command{.argv = {"sh", "-c", "echo $A; pwd; echo ${HOME-none}"},
                                    .program = "/bin/sh",
                                    .folder = "/",
                                    .env = {{"A", "1"}},
                                    .environment = Environment::empty,
                                    .out = Stream::pipe})
                            .value();
  EXPECT_EQ(finished.out, "1\n/\nnone\n");
}

TEST(Process, TimeLimitEndsTheWholeGroup) {
  // The grandchild holds the pipe open; it must go too, or the drain would wait for it.
  const auto start = Clock::now();
  const auto finished =
      run(Command{.argv = {"sh", "-c", "trap '' TERM; sleep 300 & echo $!; wait; sleep 300"},
                  .out = Stream::pipe},
          milliseconds(300))
          .value();
  EXPECT_TRUE(finished.timed_out);
  EXPECT_EQ(finished.status, 124);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(30));
  const pid_t grandchild = std::atoi(finished.out.c_str());
  ASSERT_GT(grandchild, 1);
  for (int tries = 0; tries < 500 && kill(grandchild, 0) == 0; tries++) usleep(10'000);
  EXPECT_NE(kill(grandchild, 0), 0);
}

TEST(Process, DestructionEndsTheChild) {
  pid_t pid = 0;
  {
    auto process = Process::start(Command{.argv = {"sleep", "300"}});
    ASSERT_TRUE(process.ok());
    pid = process.value().pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

class CacheTest : public ::testing::Test {
 protected:
  void SetUp() override { setenv("BACTRIAN_CACHE", folder_.path().c_str(), 1); }
  void TearDown() override { unsetenv("BACTRIAN_CACHE"); }
  TempFolder folder_ = TempFolder::create("cache-test").value();
};

TEST_F(CacheTest, AnEntryIsMadeOnceAndWhole) {
  const auto cache = Cache::open().value();
  std::atomic<int> made{0};
  const auto provide = [&] {
    return cache.provide("kind", "name", "key", [&](const fs::path& into) -> Result<void> {
      made++;
      std::this_thread::sleep_for(milliseconds(50));
      return write_file(into / "file", "content");
    });
  };
  std::thread other([&] { EXPECT_TRUE(provide().ok()); });
  const auto entry = provide();
  other.join();
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(made, 1);
  EXPECT_EQ(read_file(entry.value() / "file").value(), "content");
}

TEST_F(CacheTest, AFailedMakerLeavesNothingAndCanBeRepeated) {
  const auto cache = Cache::open().value();
  const auto failed = cache.provide("kind", "name", "key", [&](const fs::path& into) -> Result<void> {
    TRY(write_file(into / "half", "x"));
    return Error{.message = "interrupted"};
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_FALSE(cache.contains("kind", "name", "key"));
  const auto repeated = cache.provide("kind", "name", "key", [&](const fs::path& into) -> Result<void> {
    EXPECT_TRUE(fs::is_empty(into));
    return {};
  });
  EXPECT_TRUE(repeated.ok());
  EXPECT_TRUE(cache.contains("kind", "name", "key"));
}

TEST(Files, WriteIsWholeOrAnErrorWithARemedy) {
  EXPECT_FALSE(write_file("/proc/no/such/file", "x").ok());
  const auto folder = TempFolder::create("files-test").value();
  ASSERT_TRUE(write_file(folder.path() / "a/b", "x").ok());
  EXPECT_EQ(read_file(folder.path() / "a/b").value(), "x");
  EXPECT_FALSE(read_file(folder.path()).ok());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "a"), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace bactrian
