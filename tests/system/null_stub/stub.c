/* SPDX-License-Identifier: ISC */
#include <caml/mlvalues.h>

/* Writes to address 0 when given 0. */
value camel_write_through_null(value address) {
  *(volatile char *)Long_val(address) = 1;
  return Val_unit;
}
