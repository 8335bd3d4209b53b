#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Cross builds of a dune project that has what real ones have: C stubs, a code generator and a ppx rewriter (both run
# while building, here), and libraries that are built from source for the target, with C stubs among them.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

mkdir -p project/{bin,stubs,gen,ppx}
echo '(lang dune 3.0)' >project/dune-project
echo '(library (name stubs) (foreign_stubs (language c) (names stubs)))' >project/stubs/dune
cat >project/stubs/stubs.c <<'TEXT'
#include <caml/alloc.h>
#include <caml/mlvalues.h>

value stubs_machine(value unit) {
  (void)unit;
#if defined __aarch64__
  return caml_copy_string("aarch64");
#elif defined __riscv
  return caml_copy_string("riscv64");
#else
  return caml_copy_string("another");
#endif
}
TEXT
echo 'external machine : unit -> string = "stubs_machine"' >project/stubs/stubs.ml

# Both of these would not run here if they were made for the target.
echo '(executable (name make) (libraries unix))' >project/gen/dune
echo 'let () = print_endline (Printf.sprintf "let made_by_a_process = %b" (Unix.getpid () > 1))' >project/gen/make.ml
cat >project/ppx/dune <<'TEXT'
(library
 (name forty_two)
 (libraries str)
 (kind ppx_rewriter)
 (ppx.driver (main Forty_two.main)))
TEXT
cat >project/ppx/forty_two.ml <<'TEXT'
(* The smallest ppx driver: it writes 42 for [%answer]. *)
let main () =
  let rec value_of flag = function
    | name :: value :: _ when name = flag -> value
    | _ :: rest -> value_of flag rest
    | [] -> failwith flag
  in
  let arguments = Array.to_list Sys.argv in
  let text = In_channel.with_open_bin (value_of "--impl" arguments) In_channel.input_all in
  let parts = Str.split_delim (Str.regexp_string "[%answer]") text in
  Out_channel.with_open_bin (value_of "-o" arguments) (fun file -> output_string file (String.concat "42" parts))
TEXT

cat >project/bin/dune <<'TEXT'
(rule (with-stdout-to generated.ml (run ../gen/make.exe)))
(executable
 (name main)
 (libraries stubs angstrom base64 eqaf)
 (preprocess (pps forty_two)))
TEXT
cat >project/bin/main.ml <<'TEXT'
let sum = Angstrom.(sep_by1 (char '+') (take_while1 (fun c -> c <> '+')) >>| List.map int_of_string)

let () =
  Printf.printf "%s, %b, %d\n" (Stubs.machine ()) Generated.made_by_a_process [%answer];
  Printf.printf "%s\n" (Base64.encode_string "camel");
  Printf.printf "%b %b\n" (Eqaf.equal "same" "same") (Eqaf.equal "same" "other");
  match Angstrom.parse_string ~consume:All sum "1+2+39" with
  | Ok numbers -> Printf.printf "%d\n" (List.fold_left ( + ) 0 numbers)
  | Error problem -> print_endline problem
TEXT

cat >bytes.ml <<'TEXT'
let () = print_endline Bigstringaf.(to_string (of_string ~off:1 ~len:3 "hello"))
TEXT

for arch in aarch64 riscv64; do
  bactrian run --timeout 180 --arch $arch project/bin/main.exe
  expect_status 0 && expect_out "$arch, true, 42
Y2FtZWw=
true false
42"
  # A .ml file with a package whose code is C.
  bactrian run --timeout 180 --arch $arch --package bigstringaf bytes.ml
  expect_status 0 && expect_out ell
done

# What is not there: how to add it.
bactrian run --arch riscv64 --package no_such_package bytes.ml
expect_status 125 && expect_err no_such_package && expect_err versions.lock && expect_remedy
sed -i 's/base64/no_such_library/' project/bin/dune
bactrian run --arch riscv64 project/bin/main.exe
expect_status 125 && expect_err "no_such_library is missing for riscv64" && expect_err versions.lock && expect_remedy

status=0
left=$(find . -name _build -o -name '*.cm*' -o -name '*.install')
[ -z "$left" ] || fails "files were left: $left"
