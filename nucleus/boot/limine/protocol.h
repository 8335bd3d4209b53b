// SPDX-License-Identifier: ISC
#pragma once

// The Limine boot protocol, as far as we use it: what an image asks for and what a loader answers. Shared by
// the nucleus, which asks, and our own UEFI loader (boot/), which answers. An address in a response is in the
// loader's direct map (the HHDM) unless it is said to be physical.  Spec: [limine]

#include <cstdint>

namespace nucleus::limine {

/// What a request is found by: eight-byte aligned in the loaded image, between the two markers.
struct RequestId {
  std::uint64_t word[4];
  constexpr bool operator==(const RequestId&) const = default;
};

constexpr RequestId request_id(std::uint64_t third, std::uint64_t fourth) {
  return {{0xc7b1'dd30'df4c'8b88, 0x0a82'e883'a194'f07b, third, fourth}};
}

namespace id {
inline constexpr RequestId bootloader_info = request_id(0xf550'38d8'e2a1'202f, 0x2794'26fc'f5f5'9740);
inline constexpr RequestId stack_size = request_id(0x224e'f046'0a8e'8926, 0xe1cb'0fc2'5f46'ea3d);
inline constexpr RequestId hhdm = request_id(0x48dc'f1cb'8ad2'b852, 0x6398'4e95'9a98'244b);
inline constexpr RequestId framebuffer = request_id(0x9d58'27dc'd881'dd75, 0xa314'8604'f6fa'b11b);
inline constexpr RequestId memory_map = request_id(0x67cf'3d9d'378a'806f, 0xe304'acdf'c50c'3c62);
inline constexpr RequestId entry_point = request_id(0x13d8'6c03'5a1c'd3e1, 0x2b0c'aa89'd8f3'026a);
inline constexpr RequestId executable_file = request_id(0xad97'e90e'83f1'ed67, 0x31eb'5d1c'5ff2'3b69);
inline constexpr RequestId modules = request_id(0x3e7e'2797'02be'32af, 0xca1c'4f3b'd128'0cee);
inline constexpr RequestId rsdp = request_id(0xc5e7'7b6b'397e'7b43, 0x2763'7845'accd'cf3c);
inline constexpr RequestId executable_address = request_id(0x71ba'7686'3cc5'5f63, 0xb264'4a48'c516'a487);
inline constexpr RequestId date_at_boot = request_id(0x5027'46e1'84c0'88aa, 0xfbc5'ec83'e632'7893);
inline constexpr RequestId devicetree = request_id(0xb40d'db48'fb54'bac7, 0x5450'8149'3f81'ffb7);
/// Not of the protocol: ours. Other loaders leave it unanswered.
inline constexpr RequestId random_seed = request_id(0x6261'6374'7269'616e, 0x7261'6e64'6f6d'3031);
}  // namespace id

struct RequestsStart {
  std::uint64_t word[4] = {0xf6b8'f4b3'9de7'd1ae, 0xfab9'1a69'40fc'b9cf, 0x785c'6ed0'15d3'e316,
                           0x181e'920a'7852'b9d9};
};

struct RequestsEnd {
  std::uint64_t word[2] = {0xadc0'e053'1bb1'0d03, 0x9572'709f'3176'4c62};
};

/// `revision` is what the image asks for. A loader that has it writes 0 there; since revision 3 it also
/// writes the revision that it goes by into the second word.
struct BaseRevision {
  static constexpr std::uint64_t first_word = 0xf956'2b2d'5c95'a6c8;
  static constexpr std::uint64_t second_word = 0x6a7b'3849'4453'6bdc;
  std::uint64_t word[2] = {first_word, second_word};
  std::uint64_t revision = 3;
};

/// What every request begins with. `response`: 0 where the loader has not answered.
struct Request {
  RequestId id;
  std::uint64_t revision = 0;
  std::uint64_t response = 0;
};

struct EntryPointRequest : Request {
  void (*entry)() = nullptr;  // taken in place of the ELF file's own
};

struct StackSizeRequest : Request {
  std::uint64_t size = 0;
};

// Responses. Each starts with a revision, which only grows compatibly.

struct BootloaderInfoResponse {
  std::uint64_t revision;
  std::uint64_t name;  // zero-terminated
  std::uint64_t version;
};

struct EmptyResponse {  // entry point, stack size
  std::uint64_t revision;
};

struct HhdmResponse {
  std::uint64_t revision;
  std::uint64_t offset;
};

struct ListResponse {  // memory map, modules, framebuffers
  std::uint64_t revision;
  std::uint64_t count;
  std::uint64_t items;  // of an array of addresses of items
};

enum class MemoryKind : std::uint64_t {
  usable = 0,
  reserved = 1,
  acpi_reclaimable = 2,
  acpi_nvs = 3,
  bad = 4,
  bootloader_reclaimable = 5,
  executable_and_modules = 6,
  framebuffer = 7,
};

struct MemoryEntry {
  std::uint64_t base;  // physical
  std::uint64_t length;
  MemoryKind kind;
};

struct ExecutableFileResponse {
  std::uint64_t revision;
  std::uint64_t file;
};

struct File {
  std::uint64_t revision;
  std::uint64_t address;
  std::uint64_t size;
  std::uint64_t path;          // zero-terminated
  std::uint64_t command_line;  // zero-terminated
  std::uint32_t media_type;
  std::uint32_t unused;
  std::uint32_t tftp_ip;
  std::uint32_t tftp_port;
  std::uint32_t partition_index;
  std::uint32_t mbr_disk_id;
  std::uint8_t gpt_disk_uuid[16];
  std::uint8_t gpt_partition_uuid[16];
  std::uint8_t partition_uuid[16];
};
static_assert(sizeof(File) == 112);

/// RSDP (physical since base revision 3), devicetree.
struct AddressResponse {
  std::uint64_t revision;
  std::uint64_t address;
};

struct DateAtBootResponse {
  std::uint64_t revision;
  std::int64_t seconds;  // since 1970
};

struct ExecutableAddressResponse {
  std::uint64_t revision;
  std::uint64_t physical_base;
  std::uint64_t virtual_base;
};

struct Framebuffer {
  static constexpr std::uint8_t rgb_model = 1;
  std::uint64_t address;
  std::uint64_t width;
  std::uint64_t height;
  std::uint64_t pitch;  // bytes from line to line
  std::uint16_t bits_per_pixel;
  std::uint8_t model;
  std::uint8_t red_size;
  std::uint8_t red_shift;
  std::uint8_t green_size;
  std::uint8_t green_shift;
  std::uint8_t blue_size;
  std::uint8_t blue_shift;
  std::uint8_t unused[7];
  std::uint64_t edid_size;
  std::uint64_t edid;
};
static_assert(sizeof(Framebuffer) == 64);

/// Ours: random bytes from the firmware.
struct RandomSeedResponse {
  std::uint64_t revision;
  std::uint64_t size;  // of `bytes` that are filled
  std::uint8_t bytes[64];
};
static_assert(sizeof(RandomSeedResponse) == 80);

/// All that our images ask for, one after the other, as the loader finds it. No MP request: the nucleus
/// starts other CPUs itself, on every boot path the same way, and a loader that started them before would be
/// in its way.
struct Requests {
  RequestsStart start;
  BaseRevision base_revision;
  Request bootloader_info{id::bootloader_info};
  Request hhdm{id::hhdm};
  Request executable_address{id::executable_address};
  Request executable_file{id::executable_file};
  Request memory_map{id::memory_map};
  Request modules{id::modules};
  Request rsdp{id::rsdp};
  Request devicetree{id::devicetree};
  Request framebuffer{id::framebuffer};
  Request date_at_boot{id::date_at_boot};
  Request random_seed{id::random_seed};
  EntryPointRequest entry_point{{id::entry_point}};
  StackSizeRequest stack_size{{id::stack_size}};
  RequestsEnd end;
};

}  // namespace nucleus::limine
