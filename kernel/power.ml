(* SPDX-License-Identifier: ISC *)

open Picos
open Scheme
open Scheme_standard

type t = int Computation.t

let create () : t = Computation.create ()
let off t status = ignore (Computation.try_return t status)
let await (t : t) = Computation.await t

let file t =
  let write from =
    let text = Loan.use from Slice.to_string in
    match String.split_on_char ' ' (String.trim text) with
    | [ "off" ] ->
        off t 0;
        Ok (String.length text)
    | [ "off"; status ] -> (
        match int_of_string_opt status with
        | Some status when status >= 0 && status < 256 ->
            off t status;
            Ok (String.length text)
        | Some _ | None -> Error Error.Invalid)
    | _ -> Error Error.Invalid
  in
  Tree.File (fun (flags : Request.flags) -> if flags.write then Ok (Tree.stream ~write ()) else Error Error.Access)
