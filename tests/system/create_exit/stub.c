/* SPDX-License-Identifier: ISC */
#include <sys/sysinfo.h>

#include <caml/mlvalues.h>

/* Free memory of the machine, in KiB. */
value camel_free_memory(value unit) {
  struct sysinfo information;
  (void)unit;
  if (sysinfo(&information) != 0) return Val_long(-1);
  return Val_long(information.freeram * information.mem_unit / 1024);
}
