// SPDX-License-Identifier: ISC

#include <caml/mlvalues.h>
#include <sys/sysinfo.h>

/// Pages of the machine's memory that nobody has.
value keeper_free_pages(value unit) {
  struct sysinfo info;
  (void)unit;
  if (sysinfo(&info) != 0) return Val_long(0);
  return Val_long((intnat)(info.freeram * info.mem_unit / 4096));
}
