// SPDX-License-Identifier: ISC
#pragma once

// Small things about text: splitting, joining, sizes and durations as people write them.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

/// The parts of `text` between `separator`s; an empty text has no parts.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// "64M", "1G", "512K", "4096" (bytes) or "1.5G": a count of bytes. Suffixes are powers of 1024, any case,
/// with or without a trailing B or iB.
Result<uint64_t> parse_size(std::string_view text);

/// "1.5 GiB", "256 MiB", "12 KiB", "7 bytes".
std::string format_size(uint64_t bytes);

/// "0.42 s", "12.3 s", "3 min 20 s".
std::string format_duration(std::chrono::nanoseconds duration);

/// The text as one word of a POSIX shell command, quoted only where it must be.
std::string shell_word(std::string_view text);
std::string shell_command(const std::vector<std::string>& argv);

/// The nearest of `candidates` to a mistyped `text`, or "" when none is near.
std::string nearest(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace bactrian
