// SPDX-License-Identifier: ISC
//
// Accesses to ports, one instruction each. The caller has checked the number.

#include <stdint.h>

#include <caml/mlvalues.h>

value machine_has_ports(value unit) {
  (void)unit;
#if defined(__x86_64__)
  return Val_true;
#else
  return Val_false;
#endif
}

intnat machine_port_read(intnat port) {
#if defined(__x86_64__)
  uint8_t number;
  __asm__ volatile("inb %w1, %0" : "=a"(number) : "Nd"((uint16_t)port) : "memory");
  return number;
#else
  (void)port;
  return 0xff;
#endif
}
value machine_port_read_boxed(value port) {
  return Val_long(machine_port_read(Long_val(port)));
}

value machine_port_write(intnat port, intnat number) {
#if defined(__x86_64__)
  __asm__ volatile("outb %0, %w1" : : "a"((uint8_t)number), "Nd"((uint16_t)port) : "memory");
#else
  (void)port;
  (void)number;
#endif
  return Val_unit;
}
value machine_port_write_boxed(value port, value number) {
  return machine_port_write(Long_val(port), Long_val(number));
}
