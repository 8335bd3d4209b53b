// SPDX-License-Identifier: ISC

#include "machine.h"

#include "port.h"

namespace loader {
namespace {

efi::SystemTable* the_firmware;
efi::Handle the_image;

constexpr unsigned seconds_to_read = 10;
constexpr std::size_t microseconds_a_poll = 50'000;

constexpr std::size_t answer_space = 256 << 10;
std::byte* answers = nullptr;
std::size_t answers_used = 0;

void say_text(std::string_view text) {
  efi::Char16 line[128];
  std::size_t used = 0;
  const auto flush = [&] {
    line[used] = 0;
    the_firmware->console_out->output_string(the_firmware->console_out, line);
    used = 0;
  };
  for (const char c : text) {
    if (used + 3 > std::size(line)) flush();
    if (c == '\n') line[used++] = '\r';
    line[used++] = static_cast<unsigned char>(c) < 0x80 ? static_cast<efi::Char16>(c) : u'?';
  }
  flush();
}

bool key_was_pressed() {
  efi::InputKey key;
  efi::TextInput* const in = the_firmware->console_in;
  return in != nullptr && in->read_key(in, &key) == efi::success;
}

}  // namespace

void start(efi::Handle image, efi::SystemTable* system) {
  the_image = image;
  the_firmware = system;
  // Loading takes what it takes.
  system->boot->set_watchdog(0, 0, 0, nullptr);
}

efi::SystemTable& firmware() {
  return *the_firmware;
}

efi::Handle own_image() {
  return the_image;
}

void say(std::initializer_list<std::string_view> words) {
  say_text("bactrian-boot: ");
  for (const auto word : words) say_text(word);
  say_text("\n");
}

void fail(std::initializer_list<std::string_view> words) {
  say_text("\n");
  say(words);
  say({"cannot boot; press a key to return to the firmware, or the machine is switched off in 10 seconds"});
  while (key_was_pressed()) continue;
  for (std::size_t waited = 0; waited < seconds_to_read * 1'000'000; waited += microseconds_a_poll) {
    if (key_was_pressed()) the_firmware->boot->exit(the_image, efi::load_error, 0, nullptr);
    the_firmware->boot->stall(microseconds_a_poll);
  }
  the_firmware->runtime->reset_system(efi::Reset::shutdown, efi::success, 0, nullptr);
  for (;;) continue;
}

std::string_view decimal(std::uint64_t number) {
  static char digits[20];
  char* at = digits + sizeof digits;
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return {at, static_cast<std::size_t>(digits + sizeof digits - at)};
}

nucleus::PhysAddr allocate_pages(std::size_t count, std::uint64_t alignment, efi::MemoryType type) {
  // Firmware aligns to pages only, so more is taken and the rest given back.
  const std::size_t extra = alignment / nucleus::page_size - 1;
  std::uint64_t at = highest_address;
  const auto how = highest_address == ~std::uint64_t{0} ? efi::Allocate::any : efi::Allocate::below;
  if (the_firmware->boot->allocate_pages(how, type, count + extra, &at) != efi::success)
    fail({"there is not enough memory: no room for another ",
          decimal((count + extra) * nucleus::page_size / 1024), " KiB"});
  const std::uint64_t start = nucleus::align_up(at, alignment);
  const std::size_t before = (start - at) / nucleus::page_size;
  if (before > 0) the_firmware->boot->free_pages(at, before);
  if (extra > before) the_firmware->boot->free_pages(start + count * nucleus::page_size, extra - before);
  __builtin_memset(reinterpret_cast<void*>(start), 0, count * nucleus::page_size);
  return {start};
}

void* allocate_bytes(std::size_t size) {
  if (answers == nullptr)
    answers = reinterpret_cast<std::byte*>(allocate_pages(answer_space / nucleus::page_size).value);
  size = nucleus::align_up(size, 16);
  if (size > answer_space - answers_used) fail({"the answers to the kernel take too much room"});
  void* const at = answers + answers_used;
  answers_used += size;
  return at;
}

}  // namespace loader

/// What the standard's headers call for a position behind the end of a text.
namespace std {
[[noreturn]] void __throw_out_of_range_fmt(const char* what, ...) {
  loader::fail({"a mistake in the loader itself: ", what});
}
}  // namespace std
