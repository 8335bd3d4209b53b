(* SPDX-License-Identifier: ISC *)

open Scheme
open Scheme_standard

let highest = Process.Signals.highest

let signal programs number =
  let write from =
    let text = Loan.use from Slice.to_string in
    match int_of_string_opt (String.trim text) with
    | Some n when n >= 0 && n <= highest ->
        if Programs.signal programs number n then Ok (String.length text) else Error Error.Not_found
    | Some _ | None -> Error Error.Invalid
  in
  Tree.File (fun (flags : Request.flags) -> if flags.write then Ok (Tree.stream ~write ()) else Error Error.Access)

let service programs =
  let numbers () = List.map (fun (s : Process.Tender.statistics) -> s.number) (Programs.statistics programs) in
  let find name =
    match int_of_string_opt name with
    | Some number when List.mem number (numbers ()) -> Some (Tree.Directory [ ("signal", signal programs number) ])
    | Some _ | None -> None
  in
  Tree.service (Generated { list = (fun () -> List.map string_of_int (numbers ())); find })
