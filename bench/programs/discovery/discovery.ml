(* SPDX-License-Identifier: ISC
   How long it takes to read what firmware tells of the machine, and to find the functions on its PCI bus and give them
   places. Argument: how many functions there must be. Times are in seconds, as the nucleus measures them. *)

let () =
  match Machine.read () with
  | None -> failwith "no bare machine"
  | Some machine ->
      let functions = List.length (Machine.Pci.all ()) in
      if functions <> int_of_string Sys.argv.(1) then failwith (Printf.sprintf "%d functions" functions);
      Printf.printf "discovery %.9f\n" (float machine.discovery_us *. 1e-6);
      Printf.printf "pci_scan %.9f\n" (float (Machine.Pci.scan_us ()) *. 1e-6)
