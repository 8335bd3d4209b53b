// SPDX-License-Identifier: ISC
#pragma once

// Writes tar archives for the tests, byte by byte, so that they can also be wrong.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace nucleus {

class TarWriter {
 public:
  struct Options {
    char type = '0';
    std::string_view link = "";
    std::string_view prefix = "";
    unsigned mode = 0644;
    long mtime = 0;
    long size = -1;  // -1: that of the data
  };

  void add(std::string_view name, std::string_view data, const Options& options) {
    char header[512] = {};
    std::memcpy(header, name.data(), std::min<std::size_t>(name.size(), 100));
    std::snprintf(header + 100, 8, "%07o", options.mode);
    std::snprintf(header + 124, 12, "%011lo",
                  options.size >= 0 ? options.size : static_cast<long>(data.size()));
    std::snprintf(header + 136, 12, "%011lo", options.mtime);
    header[156] = options.type;
    std::memcpy(header + 157, options.link.data(), std::min<std::size_t>(options.link.size(), 100));
    std::memcpy(header + 257, "ustar\00000", 8);
    std::memcpy(header + 345, options.prefix.data(), std::min<std::size_t>(options.prefix.size(), 155));
    set_checksum(header);
    bytes_.append(header, sizeof header);
    bytes_.append(data);
    bytes_.append((512 - data.size() % 512) % 512, '\0');
  }
  void add(std::string_view name, std::string_view data) { add(name, data, Options{}); }

  static void set_checksum(char* header) {
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) sum += static_cast<unsigned char>(header[i]);
    std::snprintf(header + 148, 8, "%06o", sum);
  }

  void end() { bytes_.append(1024, '\0'); }
  std::string& bytes() { return bytes_; }
  std::span<const std::byte> span() const { return std::as_bytes(std::span{bytes_}); }

 private:
  std::string bytes_;
};

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace nucleus
