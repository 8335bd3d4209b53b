(* SPDX-License-Identifier: ISC
   main NETWORK EDU EDU: lets QEMU's e1000e and two edu devices interrupt, by msi-x, msi, pin, or none where that cannot
   be; the second edu is behind a bridge. *)

open Machine

let rounds = 100

(* How a device is made to interrupt, and silenced. *)
type device = { name : string; raise_ : unit -> unit; silence : unit -> unit }

let memory f =
  Pci.enable ~memory:true ~bus_master:true f;
  match Pci.map f 0 with Some memory -> memory | None -> failwith "no memory behind BAR 0"

let edu f =
  let m = memory f in
  if Pci.Memory.read32 m 0 land 0xff <> 0xed then failwith "edu does not say what it is";
  Pci.Memory.write32 m 4 0x1234;
  if Pci.Memory.read32 m 4 <> lnot 0x1234 land 0xffff_ffff then failwith "edu is not alive";
  {
    name = "edu";
    raise_ = (fun () -> Pci.Memory.write32 m 0x60 1);
    silence = (fun () -> Pci.Memory.write32 m 0x64 (Pci.Memory.read32 m 0x24));
  }

(* Its "other" cause goes to entry 3 of its table, and is cleared by being sent. *)
let network f =
  let m = memory f in
  let other = 1 lsl 24 in
  Pci.Memory.write32 m 0xe4 ((8 lor 3) lsl 16);
  Pci.Memory.write32 m 0xdc other;
  {
    name = "e1000e";
    raise_ =
      (fun () ->
        Pci.Memory.write32 m 0xd0 other;
        Pci.Memory.write32 m 0xc8 other);
    (* For 128 microseconds after a message it only collects causes. *)
    silence = (fun () -> Thread.delay 0.001);
  }

let expect what holds = if not holds then failwith what

let try_out function_ device source =
  let interrupt =
    match Pci.interrupt function_ source with Some i -> i | None -> failwith (device.name ^ ": no such interrupt")
  in
  expect "not twice" (Pci.interrupt function_ source = None);
  expect "none has come" (Pci.Interrupt.wait ~timeout:0.01 interrupt ~seen:0 = 0);
  let seen = ref 0 in
  for round = 1 to rounds do
    (* Half of them come while a thread waits. *)
    let raiser =
      if round land 1 = 0 then (device.raise_ (); None)
      else Some (Thread.create (fun () -> Thread.yield (); device.raise_ ()) ())
    in
    let count = Pci.Interrupt.wait ~timeout:20. interrupt ~seen:!seen in
    expect (Printf.sprintf "%s: %d interrupts after %d" device.name count !seen)
      (count = !seen + 1);
    seen := count;
    device.silence ();
    Option.iter Thread.join raiser
  done;
  let later = Pci.Interrupt.wait ~timeout:0.02 interrupt ~seen:!seen in
  expect (device.name ^ ": no more") (later = !seen);
  Printf.printf "%s: %d\n%!" device.name rounds

let source = function
  | "msi-x" -> Some (Pci.Msi_x 3)
  | "msi" -> Some Pci.Msi
  | "pin" -> Some Pci.Pin
  | "none" -> None
  | way -> failwith way

let all vendor id = List.filter (fun f -> Pci.vendor_id f = vendor && Pci.device_id f = id) (Pci.all ())

let () =
  List.iter prerr_endline (Pci.problems ());
  match (all 0x8086 0x10d3, all 0x1234 0x11e8, Array.to_list Sys.argv) with
  | [ net ], ([ _; _ ] as edus), [ _; way; first; second ] ->
      (match source way with
      | Some source -> try_out net (network net) source
      | None -> expect "an interrupt that cannot be" (Pci.interrupt net (Msi_x 0) = None));
      expect "an entry that is not there" (Pci.interrupt net (Msi_x 2000) = None);
      List.iter2 (fun f way -> try_out f (edu f) (Option.get (source way))) edus [ first; second ];
      print_endline "all came"
  | _ -> failwith "the devices are not there"
