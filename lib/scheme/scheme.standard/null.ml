(* SPDX-License-Identifier: ISC *)

open Scheme

let swallow from = Ok (Loan.length from)
let scheme read = Tree.service (File (fun _ -> Ok (Tree.stream ~read ~write:swallow ())))
let null = scheme (fun _ -> Ok 0)

let zero =
  scheme (fun into ->
      Loan.use into (fun slice ->
          Slice.fill slice '\000';
          Ok (Slice.length slice)))

let system bytes =
  let device = open_in_bin "/dev/urandom" in
  Fun.protect ~finally:(fun () -> close_in device) (fun () -> really_input device bytes 0 (Bytes.length bytes))

(* A channel reads ahead; so much of it at most. *)
let most = 4096

let rand ?(source = system) () =
  scheme (fun into ->
      let bytes = Bytes.create (min most (Loan.length into)) in
      match source bytes with
      | () -> Ok (Loan.fill_string into (Bytes.unsafe_to_string bytes) 0)
      | exception (Sys_error _ | End_of_file) -> Error Unsupported)
