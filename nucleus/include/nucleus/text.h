// SPDX-License-Identifier: ISC
#pragma once

// Text: an owned, immutable string. Making one can fail.

#include <nucleus/result.h>

#include <cstring>
#include <string_view>
#include <utility>

namespace nucleus {

class Text {
 public:
  Text() = default;
  /// Errors: out_of_memory.
  static Result<Text> copy(std::string_view source) {
    Text text;
    if (source.empty()) return text;
    text.data_ = new (std::nothrow) char[source.size()];
    if (!text.data_) return Error::out_of_memory;
    std::memcpy(text.data_, source.data(), source.size());
    text.size_ = source.size();
    return text;
  }
  Text(Text&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  Text& operator=(Text&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Text() { delete[] data_; }

  std::string_view view() const { return {data_, size_}; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace nucleus
