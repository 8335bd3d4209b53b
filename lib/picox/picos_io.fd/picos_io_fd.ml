(* SPDX-License-Identifier: ISC *)

module Descriptor = struct
  type t = Unix.file_descr

  let equal (a : t) (b : t) = a = b
  let hash (t : t) = Hashtbl.hash t
  let dispose = Unix.close
end

include Picos_aux_rc.Make (Descriptor) ()

let report_leaks = ref false

let report info =
  if info.dispose then
    Printf.eprintf "a file descriptor was not closed; opened at:\n%s%!"
      (Printexc.raw_backtrace_to_string info.bt)

let () = at_exit (fun () -> if !report_leaks then Seq.iter report (infos ()))
