// SPDX-License-Identifier: ISC

#include "answers.h"

#include "machine.h"
#include "port.h"

#include <platform/calendar.h>

#include <cstring>

namespace loader {

namespace limine = nucleus::limine;

namespace {

constexpr std::string_view own_name = "Bactrian boot loader";
constexpr std::string_view own_version = "1";

std::uint64_t in_direct_map_of_kernel(const void* at) {
  return reinterpret_cast<std::uint64_t>(at) + hhdm_offset;
}

std::uint64_t place_string(std::string_view text) {
  auto* const copy = allocate<char>(text.size() + 1);
  std::memcpy(copy, text.data(), text.size());
  return in_direct_map_of_kernel(copy);
}

template <typename T>
void answer(const Kernel& kernel, const limine::RequestId& id, const T& response) {
  limine::Request* const request = kernel.request(id);
  if (request == nullptr) return;
  auto* const placed = allocate<T>();
  *placed = response;
  request->response = in_direct_map_of_kernel(placed);
}

/// An array of addresses of `items`, as the protocol has all its lists.
template <typename T>
std::uint64_t place_list(const T* items, std::size_t count) {
  auto* const list = allocate<std::uint64_t>(count);
  for (std::size_t i = 0; i < count; ++i) list[i] = in_direct_map_of_kernel(items + i);
  return in_direct_map_of_kernel(list);
}

void fill_file(limine::File& file, const LoadedFile& loaded) {
  file.address = in_direct_map_of_kernel(loaded.content.data());
  file.size = loaded.content.size();
  file.path = place_string(loaded.path);
  file.command_line = place_string(loaded.command_line);
}

void answer_files(const Kernel& kernel, std::span<const LoadedFile> files) {
  auto* const placed = allocate<limine::File>(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) fill_file(placed[i], files[i]);
  answer(kernel, limine::id::executable_file,
         limine::ExecutableFileResponse{0, in_direct_map_of_kernel(placed)});
  const std::size_t modules = files.size() - 1;
  answer(kernel, limine::id::modules, limine::ListResponse{0, modules, place_list(placed + 1, modules)});
}

const void* firmware_table(const efi::Guid& guid) {
  const efi::SystemTable& system = firmware();
  for (efi::Size i = 0; i < system.table_count; ++i) {
    if (system.tables[i].guid == guid) return system.tables[i].table;
  }
  return nullptr;
}

void answer_rsdp(const Kernel& kernel) {
  const void* table = firmware_table(efi::acpi_2_table);
  if (table == nullptr) table = firmware_table(efi::acpi_1_table);
  if (table != nullptr)
    answer(kernel, limine::id::rsdp, limine::AddressResponse{0, reinterpret_cast<std::uint64_t>(table)});
}

/// The tree is copied, because where firmware has it may become usable memory, or lie out of the direct map.
void answer_devicetree(const Kernel& kernel) {
  const auto* const table = static_cast<const std::uint8_t*>(firmware_table(efi::devicetree_table));
  if (table == nullptr) return;
  const auto word = [&](unsigned at) {
    return std::uint32_t{table[at]} << 24 | std::uint32_t{table[at + 1]} << 16 |
           std::uint32_t{table[at + 2]} << 8 | table[at + 3];
  };
  constexpr std::uint32_t magic = 0xd00dfeed, max_size = 64 << 20;
  const std::uint32_t size = word(4);
  if (word(0) != magic || size > max_size) return say({"the firmware's devicetree is none: left away"});
  auto* const copy = reinterpret_cast<void*>(
      allocate_pages(nucleus::align_up(size, nucleus::page_size) / nucleus::page_size).value);
  std::memcpy(copy, table, size);
  answer(kernel, limine::id::devicetree, limine::AddressResponse{0, in_direct_map_of_kernel(copy)});
}

void answer_framebuffer(const Kernel& kernel) {
  using Format = efi::GraphicsMode::Format;
  const Range memory = framebuffer_memory();
  if (memory.size == 0) return;
  const efi::GraphicsMode& mode = *locate<efi::GraphicsOutput>()->current->info;
  auto* const screen = allocate<limine::Framebuffer>();
  screen->address = memory.start + hhdm_offset;
  screen->width = mode.width;
  screen->height = mode.height;
  screen->pitch = std::uint64_t{mode.pixels_per_line} * 4;
  screen->bits_per_pixel = 32;
  screen->model = limine::Framebuffer::rgb_model;
  screen->red_size = screen->green_size = screen->blue_size = 8;
  screen->red_shift = mode.format == Format::red_first ? 0 : 16;
  screen->green_shift = 8;
  screen->blue_shift = mode.format == Format::red_first ? 16 : 0;
  answer(kernel, limine::id::framebuffer, limine::ListResponse{0, 1, place_list(screen, 1)});
}

void answer_date(const Kernel& kernel) {
  efi::Time time{};
  if (firmware().runtime->get_time(&time, nullptr) != efi::success) return;
  const std::uint64_t local = nucleus::platform::seconds_since_1970({.year = time.year,
                                                                     .month = time.month,
                                                                     .day = time.day,
                                                                     .hour = time.hour,
                                                                     .minute = time.minute,
                                                                     .second = time.second});
  if (local == 0) return;
  const std::int64_t zone = time.zone == efi::Time::unspecified_zone ? 0 : time.zone;
  answer(kernel, limine::id::date_at_boot,
         limine::DateAtBootResponse{0, static_cast<std::int64_t>(local) + zone * 60});
}

void answer_seed(const Kernel& kernel) {
  limine::RandomSeedResponse seed{};
  auto* const source = locate<efi::RandomSource>();
  if (source == nullptr || source->get(source, nullptr, sizeof seed.bytes, seed.bytes) != efi::success)
    return;
  seed.size = sizeof seed.bytes;
  answer(kernel, limine::id::random_seed, seed);
}

}  // namespace

std::uint64_t answer_requests(const Kernel& kernel, std::span<const LoadedFile> files) {
  answer(kernel, limine::id::bootloader_info,
         limine::BootloaderInfoResponse{0, place_string(own_name), place_string(own_version)});
  answer(kernel, limine::id::stack_size, limine::EmptyResponse{0});
  answer(kernel, limine::id::hhdm, limine::HhdmResponse{0, hhdm_offset});
  answer(kernel, limine::id::executable_address,
         limine::ExecutableAddressResponse{0, kernel.at().value, kernel.executable().start});
  answer_files(kernel, files);
  answer_rsdp(kernel);
  answer_devicetree(kernel);
  answer_framebuffer(kernel);
  answer_date(kernel);
  answer_seed(kernel);

  const auto* const wanted = static_cast<limine::EntryPointRequest*>(kernel.request(limine::id::entry_point));
  if (wanted == nullptr || wanted->entry == nullptr) return kernel.executable().entry;
  answer(kernel, limine::id::entry_point, limine::EmptyResponse{0});
  return reinterpret_cast<std::uint64_t>(wanted->entry);
}

Range framebuffer_memory() {
  using Format = efi::GraphicsMode::Format;
  const auto* const graphics = locate<efi::GraphicsOutput>();
  if (graphics == nullptr || graphics->current == nullptr || graphics->current->info == nullptr) return {};
  const efi::GraphicsMode& mode = *graphics->current->info;
  if (mode.format != Format::red_first && mode.format != Format::blue_first) return {};
  return {graphics->current->memory, std::uint64_t{mode.pixels_per_line} * 4 * mode.height,
          limine::MemoryKind::framebuffer};
}

MemoryMapAnswer prepare_memory_map(const Kernel& kernel, std::size_t max_entries) {
  MemoryMapAnswer result;
  result.entries = {allocate<limine::MemoryEntry>(max_entries), max_entries};
  result.addresses = {allocate<std::uint64_t>(max_entries), max_entries};
  if (limine::Request* const request = kernel.request(limine::id::memory_map)) {
    result.response = allocate<limine::ListResponse>();
    request->response = in_direct_map_of_kernel(result.response);
  }
  return result;
}

void finish_memory_map(const MemoryMapAnswer& answer, std::size_t count) {
  if (answer.response == nullptr) return;
  for (std::size_t i = 0; i < count; ++i) answer.addresses[i] = in_direct_map_of_kernel(&answer.entries[i]);
  *answer.response = {0, count, in_direct_map_of_kernel(answer.addresses.data())};
}

}  // namespace loader
