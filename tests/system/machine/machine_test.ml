(* SPDX-License-Identifier: ISC *)

open Machine

let m = match Machine.read () with Some m -> m | None -> failwith "no machine"
let check what holds = Printf.printf "%s: %b\n" what holds

let rec apart = function
  | (a : range) :: ((b : range) :: _ as rest) -> a.start + a.size < b.start && apart rest
  | [ a ] -> a.size > 0
  | [] -> false

let has_controller kinds = List.exists (fun (c : controller) -> List.mem c.kind kinds) m.controllers
let by_acpi = List.mem Acpi m.sources

let () =
  List.iter print_endline m.problems;
  check "told by firmware" (m.sources <> []);
  Printf.printf "%d CPUs\n" (List.length m.cpus);
  check "each with a number of its own"
    (List.length (List.sort_uniq compare (List.map (fun (c : cpu) -> c.hardware_id) m.cpus)) = List.length m.cpus);
  check "memory sorted and apart" (apart m.memory);
  let total = List.fold_left (fun sum (r : range) -> sum + r.size) 0 m.memory in
  check "nearly all of 128 MiB" (total <= 128 lsl 20 && total > 120 lsl 20);
  check "an interrupt controller" (has_controller [ Io_apic; Gic_distributor_v2; Plic ]);
  check "one that takes what the CPUs need" (has_controller [ Local_apic; Gic_distributor_v2; Clint ]);
  check "a timer of known frequency, or an HPET or generic one"
    (List.exists (fun (t : timer) -> t.kind = Hpet || t.kind = Arm_generic || t.frequency_hz <> None) m.timers);
  check "a clock" (m.clocks <> []);
  check "a console, or a PC" (by_acpi || List.exists (fun u -> u.is_console && u.line <> None) m.uarts);
  check "a way to switch off"
    (m.power.pm1a_control <> None || m.power.psci <> None || m.power.sbi);
  (match m.pci_hosts with
  | [ host ] ->
      check "PCI buses 0 to 255" (host.first_bus = 0 && host.last_bus = 255 && host.ecam.size = 256 lsl 20);
      check "windows, or a PC" (by_acpi || List.length host.windows = 3);
      check "routes, or a PC" (by_acpi || List.length host.routes = 16)
  | hosts -> Printf.printf "%d PCI hosts\n" (List.length hosts));
  check "always the same" (Machine.read () = Some m);

  (* Misuse of configuration space is refused. *)
  match Pci.all () with
  | [] -> print_endline "no PCI function"
  | host :: _ ->
      let refused what f = check what (try ignore (f ()); false with Invalid_argument _ -> true) in
      check "the host bridge is first" (Pci.class_code host lsr 8 = 0x0600);
      check "ids as in configuration space" (Pci.read32 host 0 = Pci.vendor_id host lor (Pci.device_id host lsl 16));
      check "and in parts" (Pci.read16 host 2 = Pci.device_id host && Pci.read8 host 0 = Pci.vendor_id host land 255);
      refused "a read that is not aligned" (fun () -> Pci.read32 host 2);
      refused "a read before the space" (fun () -> Pci.read32 host (-4));
      refused "a read behind the space" (fun () -> Pci.read32 host 4096);
      refused "a write to a BAR" (fun () -> Pci.write32 host 0x10 0);
      refused "a write to the command register" (fun () -> Pci.write16 host 4 0)
