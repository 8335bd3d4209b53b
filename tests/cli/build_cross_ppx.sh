#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
# A cross build with the user's own OCaml in PATH, for it has a packaged ppx library (ppxlib) that the private one lacks.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

compiler=$("${BACTRIAN%/*}/toolchain/provide" ocaml-with-libs ppxlib 2>err) || skip "no packaged ppxlib: $(tail -1 err)"
mkdir -p project/{bin,ppx}
echo '(lang dune 3.0)' >project/dune-project
echo '(library (name ppx_here) (kind ppx_rewriter) (libraries ppxlib))' >project/ppx/dune
cat >project/ppx/ppx_here.ml <<'TEXT'
(* [%line] is the number of its line. *)
open Ppxlib

let expand ~ctxt =
  let loc = Expansion_context.Extension.extension_point_loc ctxt in
  Ast_builder.Default.eint ~loc loc.loc_start.pos_lnum

let line = Extension.V3.declare "line" Extension.Context.expression Ast_pattern.(pstr nil) expand
let () = Driver.register_transformation ~rules:[ Context_free.Rule.extension line ] "line"
TEXT
echo '(executable (name main) (libraries unix) (preprocess (pps ppx_here)))' >project/bin/dune
printf 'let () =\n  Printf.printf "line %%d\\n" [%%line]\n' >project/bin/main.ml

for arch in aarch64 riscv64; do
  PATH=$compiler/bin:$PATH bactrian run --timeout 180 --arch $arch project
  expect_status 0 && expect_out "line 2"
done

# The private OCaml has none: the error names it.
bactrian run --arch aarch64 project
expect_status 125 && expect_err ppxlib && expect_remedy
