(* SPDX-License-Identifier: ISC
   Prints the functions on the machine's PCI buses, with their BARs and capabilities. With --wait it then waits for the
   end of its input, so that somebody can compare. *)

let () =
  let functions = Machine.Pci.all () in
  List.iter (Format.printf "%a@\n" Machine.Pci.pp) functions;
  Format.printf "@?";
  List.iter prerr_endline (Machine.Pci.problems ());
  if functions = [] then begin
    prerr_endline "there is no PCI bus here, or this is no bare machine";
    exit 1
  end;
  if Array.mem "--wait" Sys.argv then begin
    prerr_endline "waiting";
    ignore (In_channel.input_all stdin)
  end
