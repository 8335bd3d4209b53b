# SPDX-License-Identifier: ISC
# OCaml from source.

build_from_source() { die_unavailable ocaml; }
