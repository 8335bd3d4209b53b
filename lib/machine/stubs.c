// SPDX-License-Identifier: ISC
//
// nucleus.h for OCaml. A C structure becomes a row of integers, in the order of its members; the modules
// beside give the rows names. All functions of the nucleus are weak, so that a program that is linked without
// it (hosted, or by dune alone) finds that there is no machine.

#include "nucleus.h"

#include <stdint.h>
#include <string.h>

#include <caml/alloc.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <caml/signals.h>

#pragma weak nucleus_machine_description
#pragma weak nucleus_pci_scan
#pragma weak nucleus_reset
#pragma weak nucleus_pci_read
#pragma weak nucleus_pci_write
#pragma weak nucleus_pci_enable
#pragma weak nucleus_pci_map
#pragma weak nucleus_pci_interrupt
#pragma weak nucleus_interrupt_wait
#pragma weak nucleus_interrupt_arm
#pragma weak nucleus_interrupt_next
#pragma weak nucleus_interrupt_wait_any
#pragma weak nucleus_interrupt_rouse
#pragma weak nucleus_clock_registers
#pragma weak nucleus_uart_take
#pragma weak nucleus_console_take
#pragma weak nucleus_console_outgoing
#pragma weak nucleus_console_sent
#pragma weak nucleus_console_room
#pragma weak nucleus_console_incoming
#pragma weak nucleus_console_rest
#pragma weak nucleus_console_give_back

static const nucleus_machine* description(void) {
  return nucleus_machine_description ? nucleus_machine_description() : NULL;
}

static const nucleus_pci* scan(void) {
  return nucleus_pci_scan ? nucleus_pci_scan() : NULL;
}

// A row: integers only, so nothing is allocated between making the block and filling it in. The longest
// has 27.
enum { longest = 32 };

typedef struct row {
  unsigned count;
  int64_t members[longest];
} row;

static void put(row* to, uint64_t member) {
  if (to->count < longest) to->members[to->count++] = (int64_t)member;
}

static void put_range(row* to, nucleus_range range) {
  put(to, range.start);
  put(to, range.size);
}

static void put_register(row* to, nucleus_register at) {
  put(to, at.space);
  put(to, at.width);
  put(to, at.address);
}

static void put_line(row* to, nucleus_line line) {
  put(to, line.number == NUCLEUS_NO_LINE ? (uint64_t)-1 : line.number);
  put(to, line.flags);
}

static value block_of(const row* from) {
  value block = caml_alloc(from->count, 0);
  for (unsigned i = 0; i < from->count; i++) Store_field(block, i, Val_long(from->members[i]));
  return block;
}

// The sections of the description, numbered as in machine.ml.
enum section {
  memory,
  tables,
  cpus,
  controllers,
  isa_lines,
  timers,
  uarts,
  clocks,
  hosts,
  windows,
  routes,
  power,
  root
};

static uint32_t count_of(const nucleus_machine* m, enum section section) {
  switch (section) {
    case memory:
      return m->memory_count;
    case tables:
      return m->table_count;
    case cpus:
      return m->cpu_count;
    case controllers:
      return m->controller_count;
    case isa_lines:
      return m->isa_line_count;
    case timers:
      return m->timer_count;
    case uarts:
      return m->uart_count;
    case clocks:
      return m->clock_count;
    case hosts:
      return m->pci_host_count;
    case windows:
      return m->pci_host_count * NUCLEUS_MAX_WINDOWS;
    case routes:
      return m->pci_host_count * NUCLEUS_MAX_ROUTES;
    case power:
    case root:
      return 1;
  }
  return 0;
}

static void put_window(row* to, const nucleus_pci_host* host, uint32_t index) {
  const nucleus_window* from = &host->windows[index];
  if (index >= host->window_count) return;
  put(to, from->kind);
  put(to, from->prefetchable);
  put(to, from->bus_address);
  put(to, from->cpu_address);
  put(to, from->size);
}

static void put_route(row* to, const nucleus_pci_host* host, uint32_t index) {
  const nucleus_route* from = &host->routes[index];
  if (index >= host->route_count) return;
  put(to, from->device);
  put(to, from->pin);
  put_line(to, from->line);
  put(to, from->bridges);
}

static void put_power(row* to, const nucleus_power* from) {
  put(to, from->psci);
  put(to, from->sbi);
  put(to, from->hardware_reduced);
  put(to, from->reset_value);
  put_register(to, from->reset_register);
  put_register(to, from->pm1a_control);
  put_register(to, from->pm1b_control);
  put_register(to, from->sleep_control);
  put_range(to, from->finisher);
  put(to, from->soft_off_known);
  put(to, from->soft_off_types[0]);
  put(to, from->soft_off_types[1]);
}

static void put_timer(row* to, const nucleus_timer* from) {
  put(to, from->kind);
  put(to, from->width);
  put_register(to, from->registers);
  put(to, from->frequency_hz);
  for (int i = 0; i < 4; i++) put_line(to, from->lines[i]);
}

static void put_uart(row* to, const nucleus_uart* from) {
  put(to, from->kind);
  put(to, from->is_console);
  put_register(to, from->registers);
  put(to, from->size);
  put(to, from->stride);
  put(to, from->clock_hz);
  put(to, from->baud);
  put_line(to, from->line);
}

static void put_host(row* to, const nucleus_pci_host* from) {
  put(to, from->segment);
  put(to, from->first_bus);
  put(to, from->last_bus);
  put(to, from->msi_controller);
  put_range(to, from->ecam);
  put(to, from->route_device_mask);
  put(to, from->route_pin_mask);
}

static void fill(row* to, const nucleus_machine* m, enum section section, uint32_t i) {
  switch (section) {
    case memory:
      return put_range(to, m->memory[i]);
    case tables:
      put(to, m->tables[i].length);
      put(to, m->tables[i].revision);
      return put(to, m->tables[i].address);
    case cpus:
      put(to, m->cpus[i].hardware_id);
      put(to, m->cpus[i].firmware_id);
      return put(to, m->cpus[i].flags);
    case controllers:
      put(to, m->controllers[i].kind);
      put(to, m->controllers[i].id);
      put_range(to, m->controllers[i].registers);
      put_range(to, m->controllers[i].more);
      put(to, m->controllers[i].first_line);
      return put(to, m->controllers[i].line_count);
    case isa_lines:
      put(to, m->isa_lines[i].isa_line);
      return put_line(to, m->isa_lines[i].line);
    case timers:
      return put_timer(to, &m->timers[i]);
    case uarts:
      return put_uart(to, &m->uarts[i]);
    case clocks:
      put(to, m->clocks[i].kind);
      put(to, m->clocks[i].century_index);
      put_range(to, m->clocks[i].registers);
      return put_line(to, m->clocks[i].line);
    case hosts:
      return put_host(to, &m->pci_hosts[i]);
    case windows:
      return put_window(to, &m->pci_hosts[i / NUCLEUS_MAX_WINDOWS], i % NUCLEUS_MAX_WINDOWS);
    case routes:
      return put_route(to, &m->pci_hosts[i / NUCLEUS_MAX_ROUTES], i % NUCLEUS_MAX_ROUTES);
    case power:
      return put_power(to, &m->power);
    case root:
      put(to, m->sources);
      put(to, m->discovery_us);
      put(to, m->interpretation_us);
      put(to, m->root_table);
      return put_range(to, m->devicetree);
  }
}

/// All rows of a section of the description; no machine has none.
value machine_rows(value section) {
  CAMLparam1(section);
  CAMLlocal2(rows, one);
  const nucleus_machine* m = description();
  const uint32_t count = m ? count_of(m, Int_val(section)) : 0;
  rows = caml_alloc(count, 0);
  for (uint32_t i = 0; i < count; i++) {
    row made = {0};
    fill(&made, m, Int_val(section), i);
    one = block_of(&made);
    Store_field(rows, i, one);
  }
  CAMLreturn(rows);
}

/// Comes back only where there is no machine.
value machine_reset(value unit) {
  if (nucleus_reset) nucleus_reset();
  return unit;
}

static value strings(uint32_t count, const char* first, size_t distance) {
  CAMLparam0();
  CAMLlocal2(list, one);
  list = caml_alloc(count, 0);
  for (uint32_t i = 0; i < count; i++) {
    one = caml_copy_string(first + i * distance);
    Store_field(list, i, one);
  }
  CAMLreturn(list);
}

enum text { model, table_signatures, cpu_isas, problems, pci_problems };

/// Texts of the description, numbered as in machine.ml and pci.ml.
value machine_texts(value which) {
  const nucleus_machine* m = description();
  if (!m) return caml_alloc(0, 0);
  switch ((enum text)Int_val(which)) {
    case model:
      return strings(1, m->model, 0);
    case table_signatures:
      return strings(m->table_count, m->tables[0].signature, sizeof m->tables[0]);
    case cpu_isas:
      return strings(m->cpu_count, m->cpus[0].isa, sizeof m->cpus[0]);
    case problems:
      return strings(m->problem_count, m->problems[0], sizeof m->problems[0]);
    case pci_problems: {
      const nucleus_pci* p = scan();
      return p ? strings(p->problem_count, p->problems[0], sizeof p->problems[0]) : caml_alloc(0, 0);
    }
  }
  return caml_alloc(0, 0);
}

static void put_function(row* to, const nucleus_pci_function* from) {
  put(to, from->host);
  put(to, from->segment);
  put(to, from->bus);
  put(to, from->device);
  put(to, from->function);
  put(to, from->vendor_id);
  put(to, from->device_id);
  put(to, from->class_code);
  put(to, from->revision);
  put(to, from->header_type);
  put(to, from->subsystem_vendor_id);
  put(to, from->subsystem_id);
  put(to, from->configuration_size);
  put(to, from->secondary_bus);
  put(to, from->subordinate_bus);
  put(to, from->interrupt_pin);
  put_line(to, from->line);
  put(to, from->firmware_line);
}

/// Function `index` as a row; empty if there is none.
value machine_pci_function(value index) {
  const nucleus_pci* p = scan();
  row made = {0};
  if (p && (uintnat)Long_val(index) < p->function_count) put_function(&made, &p->functions[Long_val(index)]);
  return block_of(&made);
}

/// BAR `bar` of function `index`, both of which exist; 6 is the expansion ROM.
value machine_pci_bar(value index, value bar) {
  const nucleus_pci_function* function = &scan()->functions[Long_val(index)];
  const nucleus_bar* from = Int_val(bar) < 6 ? &function->bars[Int_val(bar)] : &function->rom;
  row made = {0};
  put(&made, from->kind);
  put(&made, from->prefetchable);
  put(&made, from->bus_address);
  put(&made, from->cpu_address);
  put(&made, from->size);
  return block_of(&made);
}

/// Identity, offset and version of all capabilities of function `index`, which exists, in one row after
/// another.
value machine_pci_capabilities(value index) {
  const nucleus_pci_function* function = &scan()->functions[Long_val(index)];
  value list = caml_alloc(3 * function->capability_count, 0);
  for (uint32_t i = 0; i < function->capability_count; i++) {
    Store_field(list, 3 * i, Val_int(function->capabilities[i].id));
    Store_field(list, 3 * i + 1, Val_int(function->capabilities[i].offset));
    Store_field(list, 3 * i + 2, Val_int(function->capabilities[i].version));
  }
  return list;
}

/// Number of functions, microseconds that the scan took.
value machine_pci_scan(value unit) {
  (void)unit;
  const nucleus_pci* p = scan();
  row made = {0};
  put(&made, p ? p->function_count : 0);
  put(&made, p ? p->scan_us : 0);
  return block_of(&made);
}

intnat machine_pci_read(intnat index, intnat offset, intnat width) {
  if (!nucleus_pci_read || index < 0 || offset < 0 || offset > 4095) return -1;
  return nucleus_pci_read((uint32_t)index, (uint32_t)offset, (uint32_t)width);
}
value machine_pci_read_boxed(value index, value offset, value width) {
  return Val_long(machine_pci_read(Long_val(index), Long_val(offset), Long_val(width)));
}

intnat machine_pci_write(intnat index, intnat offset, intnat width, intnat number) {
  if (!nucleus_pci_write || index < 0 || offset < 0 || offset > 4095) return -1;
  return nucleus_pci_write((uint32_t)index, (uint32_t)offset, (uint32_t)width, (uint32_t)number);
}
value machine_pci_write_boxed(value index, value offset, value width, value number) {
  return Val_long(machine_pci_write(Long_val(index), Long_val(offset), Long_val(width), Long_val(number)));
}

value machine_pci_enable(value index, value commands) {
  return Val_bool(nucleus_pci_enable &&
                  nucleus_pci_enable((uint32_t)Long_val(index), (uint32_t)Long_val(commands)) == 0);
}

/// Where the BAR's memory is; 0: nowhere.
value machine_pci_map(value index, value bar) {
  volatile void* at =
      nucleus_pci_map ? nucleus_pci_map((uint32_t)Long_val(index), (uint32_t)Long_val(bar)) : NULL;
  return caml_copy_nativeint((intnat)at);
}

/// The event; negative: there cannot be one.
value machine_pci_interrupt(value index, value kind, value entry) {
  if (!nucleus_pci_interrupt || Long_val(entry) < 0) return Val_long(-1);
  return Val_long(
      nucleus_pci_interrupt((uint32_t)Long_val(index), (uint32_t)Long_val(kind), (uint32_t)Long_val(entry)));
}

/// Other threads of the domain run meanwhile. A negative time-out is none.
value machine_interrupt_wait(value event, value seen, value timeout_ns) {
  const uint32_t which = (uint32_t)Long_val(event);
  const uint64_t known = (uint64_t)Long_val(seen);
  const uint64_t limit = Long_val(timeout_ns) < 0 ? UINT64_MAX : (uint64_t)Long_val(timeout_ns);
  caml_enter_blocking_section();
  const int64_t count = nucleus_interrupt_wait(which, known, limit);
  caml_leave_blocking_section();
  return Val_long(count);
}

/// How many have come; negative: there is no such event.
intnat machine_interrupt_arm(intnat event, intnat seen) {
  return nucleus_interrupt_arm ? nucleus_interrupt_arm((uint32_t)event, (uint64_t)seen) : -1;
}
value machine_interrupt_arm_boxed(value event, value seen) {
  return Val_long(machine_interrupt_arm(Long_val(event), Long_val(seen)));
}

/// An armed event that has come; negative: none.
intnat machine_interrupt_next(value unit) {
  (void)unit;
  return nucleus_interrupt_next ? nucleus_interrupt_next() : -1;
}
value machine_interrupt_next_boxed(value unit) {
  return Val_long(machine_interrupt_next(unit));
}

/// Other threads of the domain run meanwhile.
value machine_interrupt_wait_any(value unit) {
  caml_enter_blocking_section();
  if (nucleus_interrupt_wait_any) nucleus_interrupt_wait_any(UINT64_MAX);
  caml_leave_blocking_section();
  return unit;
}

value machine_interrupt_rouse(value unit) {
  if (nucleus_interrupt_rouse) nucleus_interrupt_rouse();
  return unit;
}

static void put_registers(row* to, const nucleus_device_registers* from) {
  put(to, from->space);
  put(to, from->stride);
  put(to, from->width);
  put(to, from->model);
  put(to, from->base);
  put(to, from->size);
}

/// Those of a clock, as a row; empty: there are none.
value machine_clock_registers(value index) {
  nucleus_device_registers registers = {0};
  row made = {0};
  if (nucleus_clock_registers && nucleus_clock_registers((uint32_t)Long_val(index), &registers) == 0)
    put_registers(&made, &registers);
  return block_of(&made);
}

/// The event and then the UART's registers, as a row; empty: there are none.
static value uart_of(int event, const nucleus_device_registers* registers) {
  row made = {0};
  if (event >= 0) {
    put(&made, (uint64_t)event);
    put_registers(&made, registers);
  }
  return block_of(&made);
}

value machine_uart_take(value index) {
  nucleus_device_registers registers = {0};
  const int event = nucleus_uart_take ? nucleus_uart_take((uint32_t)Long_val(index), &registers) : -1;
  return uart_of(event, &registers);
}

value machine_console_take(value unit) {
  (void)unit;
  nucleus_device_registers registers = {0};
  const int event = nucleus_console_take ? nucleus_console_take(&registers) : -1;
  return uart_of(event, &registers);
}

value machine_console_outgoing(value bytes) {
  if (!nucleus_console_outgoing) return Val_long(0);
  return Val_long(nucleus_console_outgoing((char*)Bytes_val(bytes), (uint32_t)caml_string_length(bytes)));
}

value machine_console_sent(value unit) {
  if (nucleus_console_sent) nucleus_console_sent();
  return unit;
}

value machine_console_room(value unit) {
  (void)unit;
  return Val_long(nucleus_console_room ? nucleus_console_room() : 0);
}

value machine_console_incoming(value bytes, value count) {
  if (nucleus_console_incoming)
    nucleus_console_incoming((const char*)Bytes_val(bytes), (uint32_t)Long_val(count));
  return Val_unit;
}

value machine_console_rest(value unit) {
  if (nucleus_console_rest) nucleus_console_rest();
  return unit;
}

value machine_console_give_back(value unit) {
  if (nucleus_console_give_back) nucleus_console_give_back();
  return unit;
}
