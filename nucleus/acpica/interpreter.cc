// SPDX-License-Identifier: ISC

#include "interpreter.h"

#include "configuration.h"

#include <acpica/interpreter/services.h>

#include <nucleus/boot_info.h>
#include <nucleus/heap.h>

#include <platform/acpi/soft_off.h>

#pragma weak nucleus_aml

namespace nucleus::acpica {

/// A variable, so that no compiler knows its value: the address of what is not linked is out of the image's
/// reach for an instruction. Has external linkage for the same reason.
constinit const nucleus_aml_interpreter* linked_interpreter = &nucleus_aml;

namespace {

using description::AmlSource;
static_assert(AmlSource::absent == NUCLEUS_AML_ABSENT);

class Interpreter final : public AmlSource {
 public:
  explicit Interpreter(const nucleus_aml_interpreter& functions) : functions_{functions} {}

  Answer evaluate(const char* path, const char* name, std::span<std::byte> room,
                  std::optional<std::uint64_t> argument) override {
    std::size_t size = room.size();
    const nucleus_aml_argument passed{nullptr, argument.value_or(0)};
    const auto status = functions_.evaluate(path, name, &passed, argument.has_value() ? 1 : 0,
                                            reinterpret_cast<unsigned char*>(room.data()), &size);
    if (status != 0) return {.status = status};
    return {.value = aml::read_value(room.first(size))};
  }

  std::uint32_t call(const char* path, const char* name, std::span<const std::byte> buffer) override {
    const nucleus_aml_argument passed{buffer.data(), buffer.size()};
    std::size_t size = 0;
    return functions_.evaluate(path, name, &passed, 1, nullptr, &size);
  }

  std::uint32_t visit_devices(void (*visit)(void* context, const char* path), void* context) override {
    return functions_.visit_devices(visit, context);
  }

  const char* name_of_status(std::uint32_t status) override { return functions_.name_of_status(status); }

 private:
  const nucleus_aml_interpreter& functions_;
};

bool has_io_apic(const nucleus_machine& machine) {
  for (std::uint32_t i = 0; i < machine.controller_count; ++i) {
    if (machine.controllers[i].kind == NUCLEUS_IO_APIC) return true;
  }
  return false;
}

/// Firmware's methods route otherwise for the old PC's controllers.
void choose_interrupt_model(Interpreter& interpreter, description::AmlRooms& rooms, Description& out) {
  constexpr std::uint64_t io_apics = 1;
  if (!has_io_apic(out.machine())) return;
  const auto answer = interpreter.evaluate("\\", "_PIC", rooms.resources, io_apics);
  if (answer.status != 0) description::aml_problem(interpreter, "\\", "_PIC", answer.status, out);
}

void use_soft_off(const description::SoftOffTypes& types, nucleus_power& power) {
  acpi::set_interpreted_soft_off({types.a, types.b});
  power.soft_off_known = 1;
  power.soft_off_types[0] = types.a;
  power.soft_off_types[1] = types.b;
}

}  // namespace

bool interpret(Description& out) {
  const nucleus_aml_interpreter* const functions = linked_interpreter;
  if (functions == nullptr || (out.machine().sources & NUCLEUS_SOURCE_ACPI) == 0) return false;
  auto rooms = make_owned<description::AmlRooms>();
  if (!rooms.ok()) {
    out.problem("AML: no memory");
    return true;
  }
  set_configuration_spaces(out.machine());
  Interpreter interpreter{*functions};
  const char* step = nullptr;
  if (const auto status = functions->start(&step); status != 0)
    out.problem("AML: {}: {}", step, functions->name_of_status(status));
  choose_interrupt_model(interpreter, *rooms.value(), out);
  // A devicetree tells of hosts by itself.
  if ((out.machine().sources & NUCLEUS_SOURCE_DEVICETREE) == 0)
    description::describe_aml(interpreter, *rooms.value(), out);
  if (const auto types = description::soft_off_types(interpreter, *rooms.value(), out))
    use_soft_off(*types, out.machine().power);
  return true;
}

}  // namespace nucleus::acpica
