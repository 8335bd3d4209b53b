// SPDX-License-Identifier: ISC
//
// Accesses to device memory, one instruction each. The caller has checked the offset.

#include <stdint.h>

#include <caml/alloc.h>
#include <caml/mlvalues.h>

intnat machine_mmio_read(intnat base, intnat offset, intnat width) {
  volatile char* at = (volatile char*)base + offset;
  switch (width) {
    case 1: return *(volatile uint8_t*)at;
    case 2: return *(volatile uint16_t*)at;
    default: return *(volatile uint32_t*)at;
  }
}
value machine_mmio_read_boxed(value base, value offset, value width) {
  return Val_long(machine_mmio_read(Nativeint_val(base), Long_val(offset), Long_val(width)));
}

value machine_mmio_write(intnat base, intnat offset, intnat width, intnat number) {
  volatile char* at = (volatile char*)base + offset;
  switch (width) {
    case 1: *(volatile uint8_t*)at = (uint8_t)number; break;
    case 2: *(volatile uint16_t*)at = (uint16_t)number; break;
    default: *(volatile uint32_t*)at = (uint32_t)number; break;
  }
  return Val_unit;
}
value machine_mmio_write_boxed(value base, value offset, value width, value number) {
  return machine_mmio_write(Nativeint_val(base), Long_val(offset), Long_val(width), Long_val(number));
}

int64_t machine_mmio_read64(intnat base, intnat offset) {
  return *(volatile int64_t*)((volatile char*)base + offset);
}
value machine_mmio_read64_boxed(value base, value offset) {
  return caml_copy_int64(machine_mmio_read64(Nativeint_val(base), Long_val(offset)));
}

value machine_mmio_write64(intnat base, intnat offset, int64_t number) {
  *(volatile int64_t*)((volatile char*)base + offset) = number;
  return Val_unit;
}
value machine_mmio_write64_boxed(value base, value offset, value number) {
  return machine_mmio_write64(Nativeint_val(base), Long_val(offset), Int64_val(number));
}

/// All accesses before it, to memory and to devices, are seen by devices before all after it.
value machine_mmio_barrier(value unit) {
#if defined(__x86_64__)
  __asm__ volatile("mfence" ::: "memory");
#elif defined(__aarch64__)
  __asm__ volatile("dmb osh" ::: "memory");
#elif defined(__riscv)
  __asm__ volatile("fence iorw, iorw" ::: "memory");
#else
  __sync_synchronize();
#endif
  return unit;
}
