// SPDX-License-Identifier: ISC
#include "run/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "support/files.h"

namespace bactrian {
namespace {

using std::chrono::milliseconds;

/// What a session with the fake guest gave on the person's side.
struct Played {
  std::optional<SessionEnd> end;
  Error error;
  std::string out, err;
};

class SessionTest : public ::testing::Test {
 protected:
  Played play(std::vector<std::string> script, const std::string& input = "") {
    TempFolder folder = TempFolder::create("session-test").value();
    EXPECT_TRUE(write_file(folder.path() / "in", input).ok());
    Fd in(open((folder.path() / "in").c_str(), O_RDONLY));
    Fd out(open((folder.path() / "out").c_str(), O_RDWR | O_CREAT, 0600));
    Fd err(open((folder.path() / "err").c_str(), O_RDWR | O_CREAT, 0600));
    spec_.command = {FAKE_GUEST};
    spec_.command.insert(spec_.command.end(), script.begin(), script.end());
    spec_.in = in.get();
    spec_.out = out.get();
    spec_.err = err.get();
    Played played;
    auto end = run_session(spec_);
    if (end.ok())
      played.end = end.value();
    else
      played.error = end.error();
    played.out = read_file(folder.path() / "out").value();
    played.err = read_file(folder.path() / "err").value();
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child was left";
    return played;
  }

  SessionSpec spec_{.command = {}, .timeout = milliseconds(60'000)};
};

TEST_F(SessionTest, StreamsAndStatusApart) {
  const auto played = play({"noise", "firmware\r\n", "mark", "hello", "out", "to out", "err", "to err", "log",
                            "logged", "exit", "42", "0"});
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.end->status, 42);
  EXPECT_EQ(played.out, "to out");
  EXPECT_EQ(played.err, "to err");
}

TEST_F(SessionTest, InputComesBackWhole) {
  std::string input;
  for (int i = 0; i < 300'000; i++) input += static_cast<char>(i % 253);
  const auto played = play({"mark", "hello", "echo", "exit", "0", "0"}, input);
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.out, input);
}

TEST_F(SessionTest, MuchOutputIsCompleteAndInOrder) {
  const auto played = play({"mark", "hello", "flood", "8000000", "exit", "0", "0"});
  ASSERT_TRUE(played.end) << played.error.message;
  ASSERT_EQ(played.out.size(), 8'000'000u);
  for (size_t i = 0; i < played.out.size(); i++)
    ASSERT_EQ(static_cast<uint8_t>(played.out[i]), i % 251) << "at " << i;
}

TEST_F(SessionTest, PanicIsShownAndEndsWith70) {
  const auto played = play({"mark", "hello", "alert", "panic: no such thing\n", "exit", "0", "1"});
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.end->status, 70);
  EXPECT_EQ(played.err, "panic: no such thing\n");
}

TEST_F(SessionTest, SignalsAreToldAsAShellDoes) {
  const auto played = play({"mark", "hello", "exit", "11", "2"});
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.end->status, 139);
}

TEST_F(SessionTest, TimeLimit) {
  spec_.timeout = milliseconds(200);
  const auto played = play({"mark", "hello", "out", "before", "hang-hard"});
  EXPECT_EQ(played.error.status, 124);
  EXPECT_EQ(played.out, "before");
}

TEST_F(SessionTest, NoPowerOffAfterExitIsCutShort) {
  const auto played = play({"mark", "hello", "exit", "5", "0", "hang"});
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.end->status, 5);
}

TEST_F(SessionTest, StopWithoutExitIsAPanic) {
  const auto played = play({"mark", "hello", "out", "x"});
  EXPECT_EQ(played.error.status, 70);
  EXPECT_NE(played.error.message.find("without an exit status"), std::string::npos);
}

TEST_F(SessionTest, TheEmulatorItselfFails) {
  for (const auto& script :
       {std::vector<std::string>{"mark", "hello", "out", "x", "kill", "9"}, {"kill", "9"}}) {
    const auto played = play(script);
    EXPECT_EQ(played.error.status, 125);
    EXPECT_NE(played.error.message.find("was ended by signal 9 (Killed)"), std::string::npos)
        << played.error.message;
    EXPECT_NE(played.error.remedy, "");
  }
}

TEST_F(SessionTest, AKeyEndsTheRunWhereThereAreKeys) {
  spec_.keys = true;
  EXPECT_EQ(play({"mark", "hello", "hang"}, "ab\x1d").error.status, 130);
  spec_.keys = false;
  const auto played = play({"mark", "hello", "echo", "exit", "0", "0"}, "ab\x1d");
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.out, "ab\x1d");
}

TEST_F(SessionTest, StopInTheMiddleOfAFrame) {
  const auto played = play({"mark", "hello", "half"});
  EXPECT_EQ(played.error.status, 70);
}

TEST_F(SessionTest, StopBeforeTheMark) {
  const auto played = play({"noise", "no bootable device\n"});
  EXPECT_EQ(played.error.status, 70);
  EXPECT_NE(played.error.message.find("before the program started"), std::string::npos);
}

TEST_F(SessionTest, PanicBeforeTheMark) {
  const auto played = play({"noise", "panic: no memory\n", "die", "70"});
  EXPECT_EQ(played.error.status, 70);
  EXPECT_NE(played.error.message.find("before the program started"), std::string::npos);
}

TEST_F(SessionTest, EmulatorThatFails) {
  const auto played = play({"say", "qemu: unknown machine", "die", "1"});
  EXPECT_EQ(played.error.status, 125);
  EXPECT_NE(played.error.message.find("failed with status 1"), std::string::npos);
}

TEST_F(SessionTest, EmulatorThatIsNotThere) {
  SessionSpec spec{.command = {"/no/such/qemu"}};
  const auto end = run_session(spec);
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().status, 125);
}

TEST_F(SessionTest, AnotherVersionIsRefused) {
  const auto played = play({"mark", "hello-99", "hang"});
  EXPECT_EQ(played.error.status, 125);
  EXPECT_NE(played.error.message.find("version 99"), std::string::npos);
}

TEST_F(SessionTest, ReaderThatWentAway) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  SessionSpec spec{.command = {FAKE_GUEST, "mark", "hello", "flood", "100000", "hang"}, .out = ends[1]};
  spec.timeout = milliseconds(60'000);
  signal(SIGPIPE, SIG_IGN);
  const auto end = run_session(spec);
  close(ends[1]);
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().status, 141);
  EXPECT_EQ(end.error().message, "");
}

TEST_F(SessionTest, SlowReaderLosesNothing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string read_back;
  std::thread reader([&] {
    char buffer[4096];
    ssize_t count;
    while ((count = read(ends[0], buffer, sizeof buffer)) > 0) {
      read_back.append(buffer, static_cast<size_t>(count));
      if (read_back.size() < 200'000) std::this_thread::sleep_for(milliseconds(1));
    }
  });
  SessionSpec spec{.command = {FAKE_GUEST, "mark", "hello", "flood", "1000000", "exit", "0", "0"},
                   .out = ends[1]};
  const auto end = run_session(spec);
  close(ends[1]);
  reader.join();
  close(ends[0]);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(read_back.size(), 1'000'000u);
}

TEST_F(SessionTest, PlainImage) {
  spec_.link = false;
  const auto played = play({"noise", "hello, plain\n", "die", "7"});
  ASSERT_TRUE(played.end) << played.error.message;
  EXPECT_EQ(played.out, "hello, plain\n");
  EXPECT_EQ(played.end->emulator_status, 7);
  EXPECT_FALSE(played.end->had_exit);
}

}  // namespace
}  // namespace bactrian
