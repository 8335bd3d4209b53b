// SPDX-License-Identifier: ISC

#include <sys/sysinfo.h>

#include <caml/mlvalues.h>

/// Bytes of the machine's memory that nobody has.
value kernel_free_memory(value unit) {
  struct sysinfo info;
  (void)unit;
  if (sysinfo(&info) != 0) return Val_long(0);
  return Val_long((intnat)(info.freeram * info.mem_unit));
}

/// Bytes of the machine's memory.
value kernel_total_memory(value unit) {
  struct sysinfo info;
  (void)unit;
  if (sysinfo(&info) != 0) return Val_long(0);
  return Val_long((intnat)(info.totalram * info.mem_unit));
}
