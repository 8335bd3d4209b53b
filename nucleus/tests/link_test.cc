// SPDX-License-Identifier: ISC

#include <link/frames.h>
#include <link/host_link.h>
#include <link/input_decoder.h>
#include <link/line_carrier.h>
#include <link/line_discipline.h>

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace nucleus {
namespace {

std::string frame(int type, std::string_view payload) {
  const auto header = frame_header(static_cast<FrameType>(type), payload.size());
  return std::string(header.data(), header.size()) + std::string(payload);
}

std::string feed(InputDecoder& decoder, std::string bytes) {
  const auto kept = decoder.feed(bytes);
  return {kept.data(), kept.size()};
}

TEST(Frames, AreLittleEndian) {
  EXPECT_EQ(frame(1, std::string(0x203, 'x')).substr(0, 3), "\x01\x03\x02");
  const auto exit = exit_payload(-2, ExitReason::signal);
  EXPECT_EQ(std::string_view(exit.data(), exit.size()), "\xfe\xff\xff\xff\x02");
  EXPECT_EQ(link_sync_mark.size(), 16u);
}

TEST(InputDecoder, KeepsOnlyStandardInput) {
  InputDecoder decoder;
  EXPECT_EQ(
      feed(decoder, frame(0x81, "one") + frame(0x90, "reserved") + frame(0x81, "") + frame(0x81, "two")),
      "onetwo");
  EXPECT_FALSE(decoder.ended());
  EXPECT_EQ(feed(decoder, frame(0x81, "3") + frame(0x82, "") + frame(0x81, "late")), "3");
  EXPECT_TRUE(decoder.ended());
  EXPECT_FALSE(decoder.lost());
}

TEST(InputDecoder, TakesBytesCutAnywhere) {
  std::mt19937 random{1};
  for (int round = 0; round < 200; round++) {
    std::string wire;
    std::string expected;
    for (unsigned frames = random() % 10; frames-- > 0;) {
      const std::string payload(random() % 700, static_cast<char>(random()));
      const bool is_input = random() % 3;
      wire += frame(is_input ? 0x81 : 0x83 + static_cast<int>(random() % 0x1d), payload);
      if (is_input) expected += payload;
    }
    InputDecoder decoder;
    std::string got;
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t count = 1 + random() % 64;
      got += feed(decoder, wire.substr(at, count));
      at += count;
    }
    ASSERT_EQ(got, expected);
    ASSERT_FALSE(decoder.ended());
  }
}

TEST(InputDecoder, EndsWhenThePlaceIsLost) {
  for (int type = 0; type < 256; type++) {
    InputDecoder decoder;
    feed(decoder, frame(0x81, "x") + frame(type, ""));
    EXPECT_EQ(decoder.lost(), type < 0x81 || type > 0x9f) << type;
    EXPECT_EQ(decoder.ended(), decoder.lost() || type == 0x82) << type;
    EXPECT_EQ(feed(decoder, frame(0x81, "y")), decoder.ended() ? "" : "y") << type;
  }
}

TEST(InputDecoder, SurvivesNoise) {
  std::mt19937 random{2};
  for (int round = 0; round < 20000; round++) {
    InputDecoder decoder;
    for (int part = 0; part < 4; part++) {
      std::string bytes(random() % 40, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random() % 3 ? 0x81 + random() % 3 : random());
      const std::size_t before = bytes.size();
      ASSERT_LE(feed(decoder, bytes).size(), before);
    }
  }
}

class LineDisciplineTest : public testing::Test {
 protected:
  LineDiscipline line;
  std::string shown;
  int signal = 0;

  void type(std::string_view keys) {
    for (const char key : keys) {
      const auto effect = line.key(key);
      shown.append(effect.echo, effect.echo_size);
      if (effect.signal) signal = effect.signal;
    }
  }
  std::string take(std::size_t most = 5000) {
    std::string text(most, '\0');
    text.resize(line.take(text));
    return text;
  }
};

TEST_F(LineDisciplineTest, GivesWholeLines) {
  type("hello");
  EXPECT_FALSE(line.readable());
  type("\rtwo\nrest");
  EXPECT_EQ(shown, "hello\r\ntwo\r\nrest");
  EXPECT_EQ(take(3), "hel");
  EXPECT_EQ(take(), "lo\n");
  EXPECT_EQ(take(), "two\n");
  EXPECT_EQ(take(), "");
  EXPECT_FALSE(line.take_end());
}

TEST_F(LineDisciplineTest, Edits) {
  type(
      "ab\x7f\x7f\x7f"
      "c\xc3\xa9\b\n");
  EXPECT_EQ(take(), "c\n");
  EXPECT_EQ(shown, "ab\b \b\b \bc\xc3\xa9\b \b\r\n");
  type("gone\x15kept\n");
  EXPECT_EQ(take(), "kept\n");
}

TEST_F(LineDisciplineTest, EndsTheFile) {
  type("part\x04");
  EXPECT_EQ(take(), "part");
  EXPECT_FALSE(line.take_end());
  type("\x04");
  EXPECT_TRUE(line.readable());
  EXPECT_TRUE(line.take_end());
  EXPECT_FALSE(line.take_end());
  type("on\n");
  EXPECT_EQ(take(), "on\n");
}

TEST_F(LineDisciplineTest, Interrupts) {
  type("half\x03");
  EXPECT_EQ(signal, 2);
  type("\n");
  EXPECT_EQ(take(), "\n");
  EXPECT_EQ(shown, "half^C\r\n\r\n");
}

TEST_F(LineDisciplineTest, GivesSingleKeysWhenAsked) {
  TerminalSettings raw;
  raw.canonical = raw.echo = raw.signals = raw.cr_to_nl = false;
  type("typed");
  line.set_settings(raw);
  type("\x03\r\x7f\x04");
  EXPECT_EQ(take(), "typed\x03\r\x7f\x04");
  EXPECT_EQ(shown, "typed");
}

TEST_F(LineDisciplineTest, LosesNothingThatItSaidItHasRoomFor) {
  std::mt19937 random{3};
  std::string typed;
  std::string got;
  for (int step = 0; step < 50000; step++) {
    if (random() % 3 && line.room() > 0) {
      const char key = random() % 20 ? static_cast<char>('a' + random() % 26) : '\n';
      type({&key, 1});
      typed += key;
      // A person would see a bell instead.
      if (typed.size() - typed.rfind('\n') > 1000) {
        type("\n");
        typed += '\n';
      }
    } else if (random() % 10 == 0) {
      got += take(random() % 300);
    }
  }
  type("\n");
  typed += '\n';
  for (std::string part; !(part = take()).empty();) got += part;
  EXPECT_EQ(got, typed);
  EXPECT_EQ(shown.find('\a'), std::string::npos);
}

/// A driver that has the line.
class FakeCarrier final : public LineCarrier {
 public:
  void send(std::span<const char> bytes) override { sent.append(bytes.data(), bytes.size()); }
  void make_room() override {}
  void settle() override {}
  void want_input(bool) override {}
  void interrupted() override {}
  bool let_go(bool alone) override {
    let_go_alone = alone;
    return loses;
  }

  std::string sent;
  bool loses = false;
  std::optional<bool> let_go_alone;
};

/// What `function` makes the polled UART send.
template <typename Function>
std::string polled(Function&& function) {
  testing::internal::CaptureStderr();
  function();
  return testing::internal::GetCapturedStderr();
}

TEST(HostLink, LeavesTheLineToItsCarrier) {
  static HostLink link;
  static FakeCarrier carrier, other;
  polled([] { link.start(LinkMode::framed, "host"); });
  ASSERT_TRUE(link.give_line(carrier).ok());
  EXPECT_EQ(link.give_line(other).error(), Error::busy);
  EXPECT_EQ(polled([] { link.send(FrameType::standard_output, std::string_view{"text"}); }), "");
  EXPECT_EQ(carrier.sent, frame(static_cast<int>(FrameType::standard_output), "text"));
  EXPECT_EQ(polled([] { link.take_line_back(); }), "");
  EXPECT_EQ(carrier.let_go_alone, std::optional{false});
  EXPECT_EQ(polled([] { link.send(FrameType::standard_output, std::string_view{"more"}); }),
            frame(static_cast<int>(FrameType::standard_output), "more"));
  EXPECT_EQ(polled([] { link.take_line_back(); }), "");
}

TEST(HostLink, SendsTheMarkAnewWhereTheCarrierHasLostSome) {
  static HostLink link;
  static FakeCarrier carrier;
  polled([] { link.start(LinkMode::framed, "host"); });
  carrier.loses = true;
  ASSERT_TRUE(link.give_line(carrier).ok());
  const std::string sent = polled([] { link.take_line_back(); });
  EXPECT_TRUE(sent.ends_with(link_sync_mark));
  EXPECT_GT(sent.size(), max_sent_payload + frame_header_size);
}

TEST(HostLink, BreaksInOnTheCarrier) {
  static HostLink link;
  static FakeCarrier carrier;
  polled([] { link.start(LinkMode::framed, "host"); });
  ASSERT_TRUE(link.give_line(carrier).ok());
  EXPECT_EQ(polled([] { link.break_in(); }), "");
  EXPECT_EQ(carrier.let_go_alone, std::optional{true});
  EXPECT_NE(polled([] { link.send(FrameType::alert, std::string_view{"panic"}); }), "");
  EXPECT_EQ(carrier.sent, "");
}

}  // namespace
}  // namespace nucleus
