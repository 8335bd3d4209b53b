(* SPDX-License-Identifier: ISC
   From a device's interrupt to the driver's fiber that awaits it: QEMU's edu, which interrupts when it is told so, while
   nothing else runs. The argument says how often; the time is in seconds, the mean. *)

open Machine

let raise_at = 0x60
let acknowledge_at = 0x64

let main () =
  let count = int_of_string Sys.argv.(1) in
  let f = List.find (fun f -> Pci.vendor_id f = 0x1234 && Pci.device_id f = 0x11e8) (Pci.all ()) in
  Pci.enable ~memory:true ~bus_master:true f;
  let registers = Option.get (Pci.map f 0) in
  let event =
    match Device_interrupt.of_pci f Msi with Some event -> event | None -> Option.get (Device_interrupt.of_pci f Pin)
  in
  let rec rounds n seen sum =
    if n = 0 then sum
    else begin
      (* The interrupt comes while the scheduler looks for something to do, or sleeps. *)
      let at = Picox_clock.now_ns () in
      Mmio.write32 registers raise_at 1;
      let seen = Device_interrupt.await event ~seen in
      let taken = Picox_clock.now_ns () - at in
      Mmio.write32 registers acknowledge_at 1;
      rounds (n - 1) seen (sum + taken)
    end
  in
  ignore (rounds 50 0 0);
  let sum = rounds count 50 0 in
  Printf.printf "interrupt_fiber %.12f\n" (float sum *. 1e-9 /. float count)

let () = Picox_classes.run ~main_class:Drivers main
