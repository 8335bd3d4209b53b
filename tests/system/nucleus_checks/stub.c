/* SPDX-License-Identifier: ISC */
#include <caml/mlvalues.h>

extern void nucleus_break(const char *name);

value checks_break(value name) {
  nucleus_break(String_val(name));
  return Val_unit;
}
