// SPDX-License-Identifier: ISC

// Spec: [acpi "PCI Root Bridges"], [acpi "_BBN (Base Bus Number)"], [acpi "_PRT (PCI Routing Table)"],
// [pci/firmware "Root bus"]

#include "aml.h"

#include "aml_links.h"
#include "aml_uarts.h"

#include <platform/aml/eisa_id.h>
#include <platform/aml/resources.h>
#include <platform/aml/routing.h>

#include <nucleus/heap.h>

#include <algorithm>
#include <cstring>

namespace nucleus::description {
namespace {

using aml::AddressRange;
using aml::eisa_id;
using aml::Kind;

constexpr std::uint64_t ecam_of_bus = std::uint64_t{1} << 20;

bool is_pci_root(const aml::Value& id) {
  if (id.is(Kind::integer)) return id.number == eisa_id("PNP0A03") || id.number == eisa_id("PNP0A08");
  // Texts may have their NUL with them.
  if (id.is(Kind::string)) return id.text().starts_with("PNP0A03") || id.text().starts_with("PNP0A08");
  aml::Reader ids{id};
  while (const auto one = ids.next()) {
    if (!one->is(Kind::package) && is_pci_root(*one)) return true;
  }
  return false;
}

/// The way down from a root bus, as nucleus_route.bridges has it. Nothing: too far.
struct BridgePath {
  std::uint32_t code = 0;

  bool add(std::uint64_t address) {
    const std::uint32_t count = code >> 24;
    if (count == NUCLEUS_MAX_ROUTE_BRIDGES) return false;
    const auto slot = static_cast<std::uint32_t>((address >> 16 & 31) << 3 | (address & 7));
    code = (count + 1) << 24 | (code << 8 & 0xffff00) | slot;
    return true;
  }
};

class Walk {
 public:
  Walk(AmlSource& source, AmlRooms& rooms, Description& out)
      : source_{source}, rooms_{rooms}, out_{out}, links_{source, rooms, out} {}

  void run() {
    nucleus_machine& machine = out_.machine();
    allocation_count_ = machine.pci_host_count;
    for (std::uint32_t i = 0; i < allocation_count_; ++i)
      allocations_[i] = allocation_of(machine.pci_hosts[i]);
    machine.pci_host_count = 0;
    const auto visit = [](void* walk, const char* path) { static_cast<Walk*>(walk)->visit(path); };
    if (const auto status = source_.visit_devices(visit, this); status != 0)
      out_.problem("AML: walking the devices: {}", source_.name_of_status(status));
    keep_other_allocations();
    end_hosts();
  }

 private:
  /// Configuration space as MCFG has it.
  struct Allocation {
    std::uint32_t segment = 0;
    std::uint32_t first_bus = 0;
    std::uint32_t last_bus = 0;
    std::uint32_t msi_controller = 0;
    nucleus_range ecam{};
    bool used = false;
  };

  static Allocation allocation_of(const nucleus_pci_host& host) {
    return {host.segment, host.first_bus, host.last_bus, host.msi_controller, host.ecam, false};
  }

  void visit(const char* path) {
    if (is_below_root(path)) {
      if (host_ != nullptr) describe_bridge(path);
    } else if (is_root(path) && is_present(path)) {
      describe_root(path);
    }
    if (const std::uint32_t kind = aml_uart_kind(source_, rooms_, path); kind != 0 && is_present(path))
      describe_aml_uart(source_, rooms_, path, kind, out_);
  }

  bool is_below_root(const char* path) const {
    const std::size_t length = std::strlen(root_.data());
    return length != 0 && std::strncmp(path, root_.data(), length) == 0 && path[length] == '.';
  }

  bool is_root(const char* path) {
    for (const char* name : {"_HID", "_CID"}) {
      const auto id = ask(path, name, rooms_.resources);
      if (id && is_pci_root(*id)) return true;
    }
    return false;
  }

  bool is_present(const char* path) {
    enum State : std::uint64_t { present = 1 };
    const auto state = ask_integer(path, "_STA");
    return !state || (*state & present) != 0;
  }

  void describe_root(const char* path) {
    host_ = nullptr;
    const std::size_t length = std::strlen(path);
    if (length >= root_.size()) return;
    std::memcpy(root_.data(), path, length + 1);
    const std::uint64_t segment = ask_integer(path, "_SEG").value_or(0);
    const std::uint64_t bus = ask_integer(path, "_BBN").value_or(0);
    Allocation* const allocation = find_allocation(segment, bus);
    if (allocation == nullptr) {
      // Without any such space it is a machine of before PCI Express.
      if (allocation_count_ != 0)
        out_.problem("AML: {} has no configuration space for bus {} of segment {}", path, bus, segment);
      return;
    }
    if (is_described(allocation->segment, bus))
      return out_.problem("AML: {}: bus {} of segment {} is another's", path, bus, segment);
    allocation->used = true;
    host_ = out_.add_pci_host();
    if (host_ == nullptr) return;
    host_->segment = allocation->segment;
    host_->first_bus = static_cast<std::uint32_t>(bus);
    host_->last_bus = allocation->last_bus;
    host_->msi_controller = allocation->msi_controller;
    host_->ecam = {allocation->ecam.start + (bus - allocation->first_bus) * ecam_of_bus, 0};
    describe_resources(path);
    describe_routes(path, 0);
  }

  Allocation* find_allocation(std::uint64_t segment, std::uint64_t bus) {
    for (std::uint32_t i = 0; i < allocation_count_; ++i) {
      Allocation& at = allocations_[i];
      if (at.segment == segment && bus >= at.first_bus && bus <= at.last_bus) return &at;
    }
    return nullptr;
  }

  bool is_described(std::uint32_t segment, std::uint64_t bus) const {
    const nucleus_machine& machine = out_.machine();
    return std::ranges::any_of(
        std::span{machine.pci_hosts}.first(machine.pci_host_count),
        [&](const nucleus_pci_host& host) { return host.segment == segment && host.first_bus == bus; });
  }

  void describe_resources(const char* path) {
    const auto list = ask(path, "_CRS", rooms_.table);
    if (!list || !list->is(Kind::buffer)) return;
    aml::ResourceReader reader{list->bytes};
    while (const auto resource = reader.next()) {
      if (resource->kind != aml::Resource::Kind::range || !resource->range.produced) continue;
      if (resource->range.kind == AddressRange::Kind::buses) {
        describe_buses(path, resource->range);
      } else {
        describe_window(path, resource->range);
      }
    }
    if (reader.malformed()) out_.problem("AML: {}._CRS is cut off", path);
  }

  void describe_buses(const char* path, const AddressRange& buses) {
    const std::uint64_t last = buses.first + buses.size - 1;
    if (buses.first > host_->first_bus || last < host_->first_bus || last > host_->last_bus)
      return out_.problem("AML: {} cannot have buses {} to {}", path, buses.first, last);
    host_->last_bus = static_cast<std::uint32_t>(last);
  }

  void describe_window(const char* path, const AddressRange& range) {
    const std::uint64_t cpu = range.first + range.translation;
    if (cpu > ~range.size) return out_.problem("AML: {}: window at {:x} is out of reach", path, range.first);
    auto* const window = out_.add(host_->windows, host_->window_count, "PCI windows");
    if (window == nullptr) return;
    constexpr std::uint64_t four_gib = std::uint64_t{1} << 32;
    window->kind = range.kind == AddressRange::Kind::ports     ? NUCLEUS_WINDOW_PORTS
                   : range.first + (range.size - 1) < four_gib ? NUCLEUS_WINDOW_MEMORY_32
                                                               : NUCLEUS_WINDOW_MEMORY_64;
    window->prefetchable = range.prefetchable;
    window->bus_address = range.first;
    window->cpu_address = cpu;
    window->size = range.size;
  }

  /// A device below a root bus: it matters if it is a bridge with routes of its own.
  void describe_bridge(const char* path) {
    BridgePath way;
    if (!find_way(path, way)) return;
    describe_routes(path, way.code);
  }

  /// The addresses of all devices from the root (without it) to `path`.
  bool find_way(const char* path, BridgePath& way) {
    std::array<char, AmlSource::longest_path> prefix{};
    const std::size_t length = std::strlen(path);
    if (length >= prefix.size()) return false;
    for (std::size_t end = std::strlen(root_.data()) + 1; end <= length; ++end) {
      if (path[end] != '.' && path[end] != '\0') continue;
      std::memcpy(prefix.data(), path, end);
      prefix[end] = '\0';
      const auto address = ask_integer(prefix.data(), "_ADR");
      if (!address || !way.add(*address)) return false;
    }
    return true;
  }

  void describe_routes(const char* path, std::uint32_t bridges) {
    constexpr std::uint32_t all_devices = 31u << 11;
    constexpr std::uint32_t all_pins = 7;
    const auto table = ask(path, "_PRT", rooms_.table);
    if (!table) return;
    host_->route_device_mask = all_devices;
    host_->route_pin_mask = all_pins;
    aml::Reader rows{*table};
    while (const auto row = rows.next()) {
      const auto read = aml::read_route(*row);
      if (!read) {
        out_.problem("AML: {}._PRT has a row that is none", path);
        continue;
      }
      const nucleus_line line = line_of(path, *read);
      if (line.number == NUCLEUS_NO_LINE) continue;
      auto* const route = out_.add(host_->routes, host_->route_count, "PCI interrupt routes");
      if (route == nullptr) return;
      *route = {.device = read->device << 11, .pin = read->pin, .line = line, .bridges = bridges};
    }
  }

  /// A line without link device is as PCI has it: low, by level.
  nucleus_line line_of(const char* path, const aml::PinRoute& route) {
    if (route.link.empty()) return {route.line, line_flags(true, true)};
    return links_.line_of(path, route.link);
  }

  /// Of segments of which AML does not speak.
  void keep_other_allocations() {
    for (std::uint32_t i = 0; i < allocation_count_; ++i) {
      const Allocation& at = allocations_[i];
      auto* const host = at.used ? nullptr : out_.add_pci_host();
      if (host == nullptr) continue;
      host->segment = at.segment;
      host->first_bus = at.first_bus;
      host->last_bus = at.last_bus;
      host->msi_controller = at.msi_controller;
      host->ecam = at.ecam;
    }
  }

  /// No bus belongs to two hosts: each ends before the next begins.
  void end_hosts() {
    const std::span hosts = std::span{out_.machine().pci_hosts}.first(out_.machine().pci_host_count);
    for (nucleus_pci_host& host : hosts) {
      for (const nucleus_pci_host& other : hosts) {
        if (other.segment == host.segment && other.first_bus > host.first_bus)
          host.last_bus = std::min(host.last_bus, other.first_bus - 1);
      }
      host.ecam.size = (host.last_bus - host.first_bus + 1) * ecam_of_bus;
    }
  }

  std::optional<aml::Value> ask(const char* path, const char* name, std::span<std::byte> room) {
    const auto answer = source_.evaluate(path, name, room);
    if (answer.status != 0) aml_problem(source_, path, name, answer.status, out_);
    return answer.status == 0 ? answer.value : std::nullopt;
  }

  std::optional<std::uint64_t> ask_integer(const char* path, const char* name) {
    const auto value = ask(path, name, rooms_.resources);
    if (!value || !value->is(Kind::integer)) return {};
    return value->number;
  }

  AmlSource& source_;
  AmlRooms& rooms_;
  Description& out_;
  AmlLinks links_;
  std::array<Allocation, NUCLEUS_MAX_PCI_HOSTS> allocations_{};
  std::uint32_t allocation_count_ = 0;
  std::array<char, AmlSource::longest_path> root_{};  // the path of the last root
  nucleus_pci_host* host_ = nullptr;                  // and its entry; null: it has none
};

}  // namespace

void describe_aml(AmlSource& source, AmlRooms& rooms, Description& out) {
  // The links alone are larger than a kernel stack.
  auto walk = make_owned<Walk>(source, rooms, out);
  if (!walk.ok()) return out.problem("AML: no memory");
  walk.value()->run();
}

std::optional<SoftOffTypes> soft_off_types(AmlSource& source, AmlRooms& rooms, Description& out) {
  const auto answer = source.evaluate("\\", "_S5_", rooms.resources);
  if (answer.status != 0) {
    aml_problem(source, "\\", "_S5_", answer.status, out);
    return {};
  }
  if (!answer.value) return {};
  const auto a = aml::integer_at(*answer.value, 0);
  const auto b = aml::integer_at(*answer.value, 1);
  constexpr std::uint64_t largest = 7;
  if (!a || *a > largest || b.value_or(*a) > largest) {
    out.problem("AML: \\_S5_ has no sleep types");
    return {};
  }
  return SoftOffTypes{static_cast<std::uint8_t>(*a), static_cast<std::uint8_t>(b.value_or(*a))};
}

void aml_problem(AmlSource& source, const char* path, std::string_view name, std::uint32_t status,
                 Description& out) {
  if (status == AmlSource::absent) return;
  out.problem("AML: {}.{}: {}", path, name, source.name_of_status(status));
}

}  // namespace nucleus::description
