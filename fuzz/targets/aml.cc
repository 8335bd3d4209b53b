// SPDX-License-Identifier: ISC

// What firmware's methods evaluate to: each answer is 2 bytes of length and so many bytes of the input.

#include <platform/description/aml.h>

#include "target.h"

using namespace nucleus;

namespace {

class Answers final : public description::AmlSource {
 public:
  explicit Answers(std::span<const std::uint8_t> input) : rest_{input} {}

  Answer evaluate(const char*, const char*, std::span<std::byte> room,
                  std::optional<std::uint64_t>) override {
    if (rest_.size() < 2) return {.status = absent};
    const std::size_t length = std::min<std::size_t>(rest_[0] | rest_[1] << 8, rest_.size() - 2);
    const auto content = rest_.subspan(2, length);
    rest_ = rest_.subspan(2 + length);
    if (length == 0 || length > room.size()) return {.status = absent};
    std::memcpy(room.data(), content.data(), length);
    return {.value = aml::read_value(room.first(length))};
  }
  std::uint32_t call(const char*, const char*, std::span<const std::byte>) override { return 0; }
  std::uint32_t visit_devices(void (*visit)(void* context, const char* path), void* context) override {
    for (const char* path :
         {"\\_SB_.PCI0", "\\_SB_.PCI0.RP01", "\\_SB_.PCI0.RP01.PXSX", "\\_SB_.PC01", "\\_SB_.LNKA"})
      visit(context, path);
    return 0;
  }
  const char* name_of_status(std::uint32_t) override { return "AE_ERROR"; }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rooms = std::make_unique<description::AmlRooms>();
  const auto machine = std::make_unique<nucleus_machine>();
  Description out{*machine};
  for (std::uint32_t segment = 0; segment < 2; ++segment) {
    auto* const host = out.add_pci_host();
    host->segment = segment;
    host->last_bus = 255;
    host->ecam = {0xb000'0000, 256 << 20};
  }
  Answers answers{{data, size}};
  (void)description::soft_off_types(answers, *rooms, out);
  description::describe_aml(answers, *rooms, out);
  for (std::uint32_t i = 0; i < machine->pci_host_count; ++i) {
    const nucleus_pci_host& host = machine->pci_hosts[i];
    if (host.first_bus > host.last_bus || host.last_bus > 255) __builtin_trap();
  }
  return 0;
}
