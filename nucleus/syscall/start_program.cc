// SPDX-License-Identifier: ISC

// From the boot bundle to the first instruction of the libc.

#include "descriptors.h"
#include "program_report.h"
#include "runtime_parameters.h"
#include "start_stack.h"

#include <files/boot_bundle.h>
#include <files/file_system.h>
#include <files/open_console.h>

#include <link/console.h>
#include <link/host_link.h>

#include <panic/symbols.h>

#include <nucleus/address_space.h>
#include <nucleus/boot_info.h>
#include <nucleus/entropy.h>
#include <nucleus/frames.h>
#include <nucleus/image.h>
#include <nucleus/log.h>
#include <nucleus/memory_layout.h>
#include <nucleus/program_hooks.h>

#include <arch/context.h>
#include <arch/cpu.h>

#include <cstring>

namespace nucleus {
namespace {

constexpr std::uint64_t program_stack_size = std::uint64_t{8} << 20;
constexpr std::uint64_t main_stack_guard = page_size;

std::int64_t wall_clock_of_files() {
  return static_cast<std::int64_t>(wall_clock_ns());
}

/// Under Rank::log. One frame a line, or two if it is long.
void log_to_link(LogLevel, std::string_view line) {
  char text[256];
  const std::size_t end = line.size() < sizeof text - 1 ? line.size() : sizeof text - 1;
  host_link().send(FrameType::log, line.substr(0, line.size() - end));
  std::memcpy(text, line.data() + line.size() - end, end);
  text[end] = '\n';
  host_link().send(FrameType::log, std::string_view{text, end + 1});
}

BootBundle read_bundle(const BootInfo& boot) {
  if (boot.bundle.size == 0) return {};
  const auto* bytes = layout::direct(boot.bundle.start).as<const std::byte>();
  auto bundle = decode_boot_bundle({bytes, boot.bundle.size});
  if (!bundle.ok()) panic("the boot bundle is not a well-formed tar archive");
  return bundle.value();
}

void start_link(const BootBundle& bundle) {
  const bool verbose = bundle.setting("verbose", "0") == "1";
  const bool framed = bundle.setting("link", "none") == "serial";
  host_link().start(framed ? LinkMode::framed : LinkMode::plain, arch::name);
  // The host chooses what of the log it shows; a person at a terminal sees what is wrong only, unless asked.
  set_log_level(verbose || framed ? LogLevel::info : LogLevel::warning);
  set_log_sink(log_to_link);
  set_report_wanted(verbose);
  set_program_symbols(bundle.symbols);
}

void take_seed(const BootBundle& bundle) {
  constexpr unsigned bits_per_byte = 8;
  const std::span seed{reinterpret_cast<const std::uint8_t*>(bundle.seed.data()), bundle.seed.size()};
  add_entropy(seed, static_cast<unsigned>(seed.size()) * bits_per_byte);
  if (!entropy_is_seeded())
    log_warning("random numbers are not seeded well: no boot seed, no hardware generator");
}

/// Standard input, output and error.
Result<> open_console() {
  TRY(console().start());
  FileSystem& files = file_system_without_lock();
  Ref<Node> node;
  if (console().is_terminal()) {
    node = TRY(files.tree.lookup(*files.tree.root(), "/dev/tty", FollowLast::no));
  } else {
    node = Ref<Node>::adopt(new (std::nothrow) StreamNode{NodeKind::pipe, files.tree.new_attributes(0600)});
    if (!node) return Error::out_of_memory;
  }
  const auto open = [&](OpenMode mode, Console::Stream stream) -> Result<> {
    auto file = Ref<OpenFile>::adopt(new (std::nothrow) OpenConsole{node, mode, stream});
    if (!file) return Error::out_of_memory;
    (void)TRY(new_descriptor(std::move(file), false));
    return {};
  };
  TRY(open({.readable = true}, Console::Stream::output));
  TRY(open({.writable = true}, Console::Stream::output));
  return open({.writable = true}, Console::Stream::error);
}

Result<> make_files(const BootBundle& bundle) {
  Owned<FileSystem> files = TRY(FileSystem::create(wall_clock_of_files));
  TRY(mount_boot_bundle(bundle, files->tree));
  set_file_system(std::move(files));
  return open_console();
}

// The program headers that a static program's libc looks for: its thread-local template, and how large stacks
// shall be.

struct ProgramHeader {
  std::uint32_t type;
  std::uint32_t flags;
  std::uint64_t offset;
  std::uint64_t address;
  std::uint64_t physical_address;
  std::uint64_t file_size;
  std::uint64_t memory_size;
  std::uint64_t alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr std::uint32_t header_of_tls = 7;
constexpr std::uint32_t header_of_stack = 0x6474'e551;  // PT_GNU_STACK

constinit ProgramHeader program_headers[2] = {};

/// The stack of a new thread: a small part of the memory, since it is charged whole.
std::uint64_t thread_stack_size(std::uint64_t memory) {
  constexpr std::uint64_t least = std::uint64_t{128} << 10;
  constexpr std::uint64_t most = std::uint64_t{1} << 20;
  const std::uint64_t share = align_up(memory / 128, page_size);
  return share < least ? least : share > most ? most : share;
}

void make_program_headers(std::uint64_t memory) {
  const auto number = [](const char* symbol) { return reinterpret_cast<std::uint64_t>(symbol); };
  program_headers[0] = {.type = header_of_tls,
                        .flags = 4,
                        .address = number(image_tls_start),
                        .file_size = number(image_tls_file_end) - number(image_tls_start),
                        .memory_size = number(image_tls_end) - number(image_tls_start),
                        .alignment = number(image_tls_alignment)};
  program_headers[1] = {
      .type = header_of_stack, .flags = 6, .memory_size = thread_stack_size(memory), .alignment = 16};
}

/// Maps the main thread's stack and fills its top; returns the stack pointer.
Result<std::uintptr_t> make_start_stack(const BootBundle& bundle) {
  const std::uint64_t memory = frame_counters().total * page_size;
  make_program_headers(memory);
  const AuxiliaryEntry entries[] = {
      {auxiliary::program_headers, reinterpret_cast<std::uint64_t>(program_headers)},
      {auxiliary::program_header_size, sizeof(ProgramHeader)},
      {auxiliary::program_header_count, 2},
      {auxiliary::page_size, page_size},
      {auxiliary::entry, reinterpret_cast<std::uint64_t>(&_start)},
      {auxiliary::user, 0},
      {auxiliary::effective_user, 0},
      {auxiliary::group, 0},
      {auxiliary::effective_group, 0},
      {auxiliary::capabilities, arch::hardware_capabilities()},
      {auxiliary::clock_ticks, 100},
      {auxiliary::secure, 0},
      {auxiliary::min_signal_stack, align_up(4096 + arch::fp_state_size(), 1024)},
  };

  // The environment is edited in place, so it is copied out of the bundle, which stays as it is.
  Vector<char> environment;
  TRY(environment.resize(bundle.environment.size()));
  if (!environment.empty()) std::memcpy(environment.begin(), bundle.environment.data(), environment.size());
  Vector<char> added;
  TRY(added.resize(environment.size() + 64));
  const RuntimeParameters parameters =
      with_limits(environment.span(), {stack_limit_words(memory), minor_heap_words(memory)}, added.span());

  StartStack contents{.arguments = bundle.arguments,
                      .environment = parameters.environment,
                      .more_environment = parameters.more_environment,
                      .auxiliary = entries};
  if (contents.arguments.empty()) contents.arguments = {"program", sizeof "program"};
  random_bytes(contents.random);

  // Pages are charged as they are touched: few programs need much of it.
  const VirtAddr stack = TRY(program_memory::map({}, program_stack_size + main_stack_guard, access_none,
                                                 Placement::anywhere, Charging::on_touch));
  const VirtAddr bottom = stack + main_stack_guard;
  (void)TRY(program_memory::map(bottom, program_stack_size, access_read_write, Placement::fixed,
                                Charging::on_touch));
  const std::size_t room = bundle.arguments.size() * 9 + bundle.environment.size() * 9 + 16 * 1024;
  if (room > program_stack_size / 2) return Error::too_long;
  const VirtAddr top = bottom + program_stack_size;
  TRY(check_writable(top - room, room));
  return build_start_stack({(top - room).as<std::byte>(), room}, top.value, contents);
}

}  // namespace

[[noreturn]] void start_program(const BootInfo& boot) {
  const BootBundle bundle = read_bundle(boot);
  start_link(bundle);
  take_seed(bundle);
  if (auto made = make_files(bundle); !made.ok()) {
    log_error("the boot bundle's files: {}", describe(made.error()));
    panic("the boot bundle's files cannot be set up");
  }
  auto stack = make_start_stack(bundle);
  if (!stack.ok()) {
    log_error("the program's stack: {}", describe(stack.error()));
    panic("the program's stack cannot be made");
  }
  log_info("starting {}: {} files", bundle.setting("name", "the program"), bundle.file_count);
  arch::enter_program(reinterpret_cast<std::uintptr_t>(&_start), stack.value());
  panic("the program came back");
}

}  // namespace nucleus
