// SPDX-License-Identifier: ISC
#pragma once

// The part of UEFI that the loader calls. Functions that it does not call are there as `Unused`, to keep the
// others in their places.  Spec: [uefi "EFI Boot Services Table"], [uefi "Protocols"]

#include <efi_call.h>  // EFI_CALL: the calling convention, one file an architecture

#include <cstdint>

namespace efi {

using Status = std::uint64_t;
using Handle = void*;
using Unused = void*;
using Char16 = char16_t;
using Size = std::uint64_t;

inline constexpr Status success = 0;
inline constexpr Status error_bit = Status{1} << 63;
inline constexpr Status load_error = error_bit | 1;

struct Guid {
  std::uint32_t a;
  std::uint16_t b, c;
  std::uint8_t d[8];
  constexpr bool operator==(const Guid&) const = default;
};

struct TableHeader {
  std::uint64_t signature;
  std::uint32_t revision, size, checksum, reserved;
};
static_assert(sizeof(TableHeader) == 24);

struct TextOutput {
  Unused reset;
  Status(EFI_CALL* output_string)(TextOutput*, const Char16* text);
};

struct InputKey {
  std::uint16_t scan_code;
  Char16 character;
};

struct TextInput {
  Unused reset;
  Status(EFI_CALL* read_key)(TextInput*, InputKey* key);
  void* wait_for_key;
};

enum class MemoryType : std::uint32_t {
  reserved = 0,
  loader_code = 1,
  loader_data = 2,
  boot_services_code = 3,
  boot_services_data = 4,
  runtime_code = 5,
  runtime_data = 6,
  conventional = 7,
  unusable = 8,
  acpi_reclaim = 9,
  acpi_nvs = 10,
};

/// Entries of the memory map are further apart than their size: see get_memory_map.
struct MemoryDescriptor {
  MemoryType type;
  std::uint32_t padding;
  std::uint64_t physical_start;
  std::uint64_t virtual_start;
  std::uint64_t page_count;
  std::uint64_t attribute;
};
static_assert(sizeof(MemoryDescriptor) == 40);

enum class Allocate : std::uint32_t { any = 0, below = 1, at = 2 };

struct BootServices {
  TableHeader header;
  Unused raise_tpl, restore_tpl;
  Status(EFI_CALL* allocate_pages)(Allocate, MemoryType, Size pages, std::uint64_t* address);
  Status(EFI_CALL* free_pages)(std::uint64_t address, Size pages);
  Status(EFI_CALL* get_memory_map)(Size* size, void* map, Size* key, Size* descriptor_size,
                                   std::uint32_t* version);
  Unused allocate_pool, free_pool;
  Unused create_event, set_timer, wait_for_event, signal_event, close_event, check_event;
  Unused install_interface, reinstall_interface, uninstall_interface;
  Status(EFI_CALL* handle_protocol)(Handle, const Guid*, void** interface);
  Unused reserved, register_notify, locate_handle, locate_device_path, install_configuration_table;
  Unused load_image, start_image;
  Status(EFI_CALL* exit)(Handle image, Status, Size data_size, Char16* data);
  Unused unload_image;
  Status(EFI_CALL* exit_boot_services)(Handle image, Size map_key);
  Unused get_next_count;
  Status(EFI_CALL* stall)(Size microseconds);
  Status(EFI_CALL* set_watchdog)(Size seconds, std::uint64_t code, Size data_size, const Char16* data);
  Unused connect_controller, disconnect_controller, open_protocol, close_protocol, open_information;
  Unused protocols_per_handle, locate_handle_buffer;
  Status(EFI_CALL* locate_protocol)(const Guid*, void* registration, void** interface);
};

enum class Reset : std::uint32_t { cold = 0, warm = 1, shutdown = 2 };

struct Time {
  static constexpr std::int16_t unspecified_zone = 0x7ff;
  std::uint16_t year;
  std::uint8_t month, day, hour, minute, second, padding;
  std::uint32_t nanosecond;
  std::int16_t zone;  // minutes that local time, which this is, is behind UTC
  std::uint8_t daylight, more_padding;
};
static_assert(sizeof(Time) == 16);

struct RuntimeServices {
  TableHeader header;
  Status(EFI_CALL* get_time)(Time*, void* capabilities);
  Unused set_time, get_wakeup, set_wakeup, set_virtual_map, convert_pointer;
  Unused get_variable, next_variable, set_variable, next_high_count;
  void(EFI_CALL* reset_system)(Reset, Status, Size data_size, void* data);
};

struct ConfigurationTable {
  Guid guid;
  void* table;
};

struct SystemTable {
  TableHeader header;
  const Char16* vendor;
  std::uint32_t vendor_revision;
  Handle console_in_handle;
  TextInput* console_in;
  Handle console_out_handle;
  TextOutput* console_out;
  Handle standard_error_handle;
  TextOutput* standard_error;
  RuntimeServices* runtime;
  BootServices* boot;
  Size table_count;
  ConfigurationTable* tables;
};

struct LoadedImage {
  static constexpr Guid guid{0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
  std::uint32_t revision;
  Handle parent;
  SystemTable* system;
  Handle device;  // that it was loaded from
  void* path;
  void* reserved;
  std::uint32_t options_size;
  void* options;
  void* image_base;
  std::uint64_t image_size;
};

struct FileInfo {
  static constexpr Guid guid{0x09576e92, 0x6d3f, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
  static constexpr std::uint64_t folder = 0x10;
  std::uint64_t size;
  std::uint64_t file_size;
  std::uint64_t physical_size;
  std::uint8_t times[3][16];
  std::uint64_t attributes;
  Char16 name[256];
};

struct File {
  static constexpr std::uint64_t mode_read = 1;
  std::uint64_t revision;
  Status(EFI_CALL* open)(File*, File** opened, const Char16* name, std::uint64_t mode,
                         std::uint64_t attributes);
  Status(EFI_CALL* close)(File*);
  Unused remove;
  Status(EFI_CALL* read)(File*, Size* size, void* into);
  Unused write, get_position, set_position;
  Status(EFI_CALL* get_info)(File*, const Guid* kind, Size* size, void* into);
};

struct FileSystem {
  static constexpr Guid guid{0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
  std::uint64_t revision;
  Status(EFI_CALL* open_volume)(FileSystem*, File** root);
};

struct GraphicsMode {
  enum class Format : std::uint32_t { red_first = 0, blue_first = 1, masks = 2, no_memory = 3 };
  std::uint32_t version;
  std::uint32_t width, height;
  Format format;
  std::uint32_t masks[4];
  std::uint32_t pixels_per_line;
};

struct GraphicsOutput {
  static constexpr Guid guid{0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}};
  struct Current {
    std::uint32_t max_mode, mode;
    GraphicsMode* info;
    Size info_size;
    std::uint64_t memory;
    Size memory_size;
  };
  Unused query_mode, set_mode, blt;
  Current* current;
};

struct RandomSource {
  static constexpr Guid guid{0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}};
  Unused get_info;
  Status(EFI_CALL* get)(RandomSource*, const Guid* algorithm, Size size, std::uint8_t* into);
};

inline constexpr Guid acpi_2_table{
    0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
inline constexpr Guid acpi_1_table{
    0xeb9d2d30, 0x2d88, 0x11d3, {0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};
inline constexpr Guid devicetree_table{
    0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};

}  // namespace efi
