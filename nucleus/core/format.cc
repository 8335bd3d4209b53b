// SPDX-License-Identifier: ISC

#include <nucleus/log.h>

namespace nucleus {

namespace {

/// Writes into a span and drops what does not fit.
class Writer {
 public:
  explicit Writer(std::span<char> buffer) : buffer_{buffer} {}

  void put(char c) {
    if (size_ < buffer_.size()) buffer_[size_++] = c;
  }
  void put(std::string_view text) {
    for (char c : text) put(c);
  }
  void put_number(std::uint64_t number, unsigned base) {
    char digits[20];
    unsigned count = 0;
    do {
      digits[count++] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number);
    while (count) put(digits[--count]);
  }
  void put_hexadecimal(std::uint64_t number) {
    put("0x");
    put_number(number, 16);
  }
  std::string_view written() const { return {buffer_.data(), size_}; }

 private:
  std::span<char> buffer_;
  std::size_t size_ = 0;
};

void put_argument(Writer& out, const FormatArgument& argument, bool hexadecimal) {
  switch (argument.kind) {
    case FormatArgument::Kind::unsigned_number:
      if (hexadecimal) return out.put_hexadecimal(argument.number);
      return out.put_number(argument.number, 10);
    case FormatArgument::Kind::signed_number:
      if (hexadecimal) return out.put_hexadecimal(argument.number);
      if (argument.signed_number >= 0) return out.put_number(argument.number, 10);
      out.put('-');
      return out.put_number(0 - argument.number, 10);
    case FormatArgument::Kind::address:
      return out.put_hexadecimal(argument.number);
    case FormatArgument::Kind::boolean:
      return out.put(argument.number ? "true" : "false");
    case FormatArgument::Kind::character:
      return out.put(static_cast<char>(argument.number));
    case FormatArgument::Kind::text:
      return out.put(std::string_view{argument.text.data, argument.text.size});
  }
}

}  // namespace

std::string_view format_arguments(std::span<char> buffer, std::string_view format,
                                  std::span<const FormatArgument> arguments) {
  Writer out{buffer};
  std::size_t next = 0;
  while (!format.empty()) {
    const bool plain = format.starts_with("{}");
    const bool hexadecimal = format.starts_with("{:x}");
    if (!plain && !hexadecimal) {
      out.put(format.front());
      format.remove_prefix(1);
      continue;
    }
    if (next < arguments.size())
      put_argument(out, arguments[next++], hexadecimal);
    else
      out.put("{missing}");
    format.remove_prefix(plain ? 2 : 4);
  }
  return out.written();
}

}  // namespace nucleus
