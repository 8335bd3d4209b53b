// SPDX-License-Identifier: ISC
#include "run/link.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace bactrian {
namespace {

/// Collects everything that a decoder tells.
struct Heard {
  std::string noise, out, err, log, alert, report;
  std::vector<GuestHello> hellos;
  std::vector<GuestExit> exits;

  LinkDecoder decoder() {
    return LinkDecoder({
        .noise = [this](std::string_view bytes) { noise += bytes; },
        .text =
            [this](FrameType type, std::string_view bytes) {
              (type == FrameType::out     ? out
               : type == FrameType::err   ? err
               : type == FrameType::log   ? log
               : type == FrameType::alert ? alert
                                          : report) += bytes;
            },
        .hello = [this](const GuestHello& hello) { hellos.push_back(hello); },
        .exit = [this](const GuestExit& exit) { exits.push_back(exit); },
    });
  }
};

std::string exit_frame(int32_t status, uint8_t reason) {
  std::string payload;
  for (int i = 0; i < 4; i++) payload += static_cast<char>(static_cast<uint32_t>(status) >> (8 * i));
  return encode_frame(FrameType::exit, payload + static_cast<char>(reason));
}

std::string session() {
  return "SeaBIOS\r\n\0\xff" + std::string("BACTRIA? not quite") + std::string(link_mark) +
         encode_frame(FrameType::hello, std::string("\1\0", 2) + "x86_64") +
         encode_frame(FrameType::out, "one ") + encode_frame(FrameType::err, "oops") +
         encode_frame(static_cast<FrameType>(0x1f), "from the future") + encode_frame(FrameType::out, "two") +
         encode_frame(FrameType::log, "log\n") + encode_frame(FrameType::report, "{}") + exit_frame(3, 0) +
         "reset";
}

void expect_session(const Heard& heard) {
  EXPECT_EQ(heard.out, "one two");
  EXPECT_EQ(heard.err, "oops");
  EXPECT_EQ(heard.log, "log\n");
  EXPECT_EQ(heard.report, "{}");
  EXPECT_EQ(heard.noise, "SeaBIOS\r\n" + std::string("BACTRIA? not quite") + "reset");
  ASSERT_EQ(heard.hellos.size(), 1u);
  EXPECT_EQ(heard.hellos[0].version, 1);
  EXPECT_EQ(heard.hellos[0].arch, "x86_64");
  ASSERT_EQ(heard.exits.size(), 1u);
  EXPECT_EQ(heard.exits[0].host_status(), 3);
}

TEST(Link, WholeSession) {
  Heard heard;
  auto decoder = heard.decoder();
  decoder.feed(session());
  decoder.finish();
  expect_session(heard);
}

TEST(Link, CutAnywhere) {
  const std::string bytes = session();
  for (size_t cut = 0; cut <= bytes.size(); cut++) {
    Heard heard;
    auto decoder = heard.decoder();
    decoder.feed(std::string_view(bytes).substr(0, cut));
    decoder.feed(std::string_view(bytes).substr(cut));
    decoder.finish();
    expect_session(heard);
  }
}

TEST(Link, ByteByByte) {
  Heard heard;
  auto decoder = heard.decoder();
  for (const char byte : session()) decoder.feed(std::string_view(&byte, 1));
  decoder.finish();
  expect_session(heard);
}

TEST(Link, MarkThatStartsLate) {
  // A false start of the mark right before the true one.
  Heard heard;
  auto decoder = heard.decoder();
  decoder.feed(std::string("\0\xff"
                           "BACT",
                           6) +
               std::string(link_mark) + encode_frame(FrameType::out, "x"));
  EXPECT_TRUE(decoder.synced());
  EXPECT_EQ(heard.out, "x");
  EXPECT_EQ(heard.noise, std::string("\0\xff"
                                     "BACT",
                                     6));
}

TEST(Link, NoiseOnlyIsGivenOutAtTheEnd) {
  Heard heard;
  auto decoder = heard.decoder();
  decoder.feed(
      std::string("plain text\0\xff"
                  "BAC",
                  15));
  EXPECT_EQ(heard.noise, "plain text");
  decoder.finish();
  EXPECT_EQ(heard.noise, std::string("plain text\0\xff"
                                     "BAC",
                                     15));
  EXPECT_FALSE(decoder.synced());
}

TEST(Link, MarkInsideAFrameIsData) {
  Heard heard;
  auto decoder = heard.decoder();
  decoder.feed(std::string(link_mark) + encode_frame(FrameType::out, link_mark));
  EXPECT_EQ(heard.out, link_mark);
}

TEST(Link, LostPlaceIsFoundAgainAtTheNextMark) {
  Heard heard;
  auto decoder = heard.decoder();
  decoder.feed(std::string(link_mark) + encode_frame(FrameType::out, "a") + "triple fault, garbage " +
               std::string(link_mark) + encode_frame(FrameType::out, "b"));
  EXPECT_EQ(heard.out, "ab");
  EXPECT_EQ(heard.noise, "triple fault, garbage ");
}

TEST(Link, PanicCompletesTheFrameItBreaksInOn) {
  Heard heard;
  auto decoder = heard.decoder();
  std::string broken = encode_frame(FrameType::out, "0123456789");
  broken.resize(3 + 4);
  decoder.feed(std::string(link_mark) + broken);
  EXPECT_TRUE(decoder.mid_frame());
  decoder.feed(std::string(6, '\0') + encode_frame(FrameType::alert, "panic: x\n") + exit_frame(0, 1));
  EXPECT_EQ(heard.out, std::string("0123\0\0\0\0\0\0", 10));
  EXPECT_EQ(heard.alert, "panic: x\n");
  EXPECT_EQ(heard.exits.at(0).host_status(), 70);
}

TEST(Link, ExitStatuses) {
  EXPECT_EQ((GuestExit{.status = 255}).host_status(), 255);
  EXPECT_EQ((GuestExit{.status = 256 + 7}).host_status(), 7);
  EXPECT_EQ((GuestExit{.status = -1}).host_status(), 255);
  EXPECT_EQ((GuestExit{.status = 11, .reason = ExitReason::signal}).host_status(), 139);
  EXPECT_EQ((GuestExit{.status = 0, .reason = ExitReason::panic}).host_status(), 70);
}

TEST(Link, ShortPayloadsAreIgnored) {
  Heard heard;
  auto decoder = heard.decoder();
  decoder.feed(std::string(link_mark) + encode_frame(FrameType::hello, "x") +
               encode_frame(FrameType::exit, "abc"));
  EXPECT_TRUE(heard.hellos.empty());
  EXPECT_TRUE(heard.exits.empty());
}

TEST(Link, StdinIsCutIntoFrames) {
  const std::string bytes(link_max_stdin + 1, 'x');
  const std::string frames = encode_stdin(bytes);
  EXPECT_EQ(frames.size(), bytes.size() + 2 * 3);
  EXPECT_EQ(static_cast<uint8_t>(frames[0]), 0x81);
  EXPECT_EQ(frames.substr(3 + link_max_stdin), encode_frame(FrameType::in, "x"));
  EXPECT_EQ(encode_stdin(""), "");
}

TEST(Link, AnyBytesAreSurvivedAndAccountedFor) {
  // Random bytes, rich in marks and frame headers; the same result however they are cut.
  std::mt19937 random(20240607);
  for (int round = 0; round < 300; round++) {
    std::string bytes;
    while (bytes.size() < 400) {
      switch (random() % 4) {
        case 0:
          bytes += link_mark.substr(0, random() % 17);
          break;
        case 1:
          bytes += encode_frame(static_cast<FrameType>(random() % 10), std::string(random() % 20, 'p'));
          break;
        case 2:
          bytes += static_cast<char>(random());
          break;
        default:
          bytes += std::string(link_mark);
      }
    }
    Heard whole, pieces;
    auto a = whole.decoder();
    auto b = pieces.decoder();
    a.feed(bytes);
    a.finish();
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = 1 + random() % 7;
      b.feed(std::string_view(bytes).substr(at, size));
      at += size;
    }
    b.finish();
    EXPECT_EQ(whole.out, pieces.out);
    EXPECT_EQ(whole.noise, pieces.noise);
    EXPECT_EQ(whole.alert, pieces.alert);
    EXPECT_EQ(whole.exits.size(), pieces.exits.size());
  }
}

}  // namespace
}  // namespace bactrian
