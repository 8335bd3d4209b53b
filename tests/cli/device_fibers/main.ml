(* SPDX-License-Identifier: ISC
   main WAY DOMAINS: a fiber for each of QEMU's edu devices awaits its interrupts (by msi or pin), and lets it copy by DMA,
   while other fibers never wait. *)

open Machine
open Picos_std_structured
module Classes = Picox_classes

let expect what holds = if not holds then failwith what
let way = match Sys.argv.(1) with "msi" -> Pci.Msi | "pin" -> Pci.Pin | way -> failwith way
let domains = int_of_string Sys.argv.(2)
let raisings = 300
let size = 4088 (* QEMU 7.2 takes no request that ends at the end of its buffer *)
let silence m = Pci.Memory.write32 m 0x64 (Pci.Memory.read32 m 0x24)

let interrupts name m event =
  let seen = ref 0 in
  for round = 1 to raisings do
    Pci.Memory.write32 m 0x60 1;
    let count = Device_interrupt.await event ~seen:!seen in
    expect (Printf.sprintf "%s: %d after %d in round %d" name count !seen round) (count = !seen + 1);
    seen := count;
    silence m
  done;
  (* None comes: the wait is canceled. *)
  (match Control.terminate_after ~seconds:0.02 (fun () -> Device_interrupt.await event ~seen:!seen) with
  | _ -> failwith (name ^ ": one more came")
  | exception Control.Terminate -> ());
  !seen

let dma m event seen ~from ~into command =
  Pci.Memory.write64 m 0x80 (Int64.of_int from);
  Pci.Memory.write64 m 0x88 (Int64.of_int into);
  Pci.Memory.write64 m 0x90 (Int64.of_int size);
  Mmio.barrier ();
  Pci.Memory.write32 m 0x98 (command lor 5);
  let count = Device_interrupt.await event ~seen in
  Mmio.barrier ();
  silence m;
  count

let copies name m event seen =
  let inside = 0x40000 in
  let a = Dma.create size and b = Dma.create (2 * size) in
  for i = 0 to size - 1 do
    Dma.set8 a i ((i * 7) + (i lsr 8))
  done;
  let seen = dma m event seen ~from:(Dma.bus_address a) ~into:inside 0 in
  ignore (dma m event seen ~from:inside ~into:(Dma.bus_address b + 100) 2);
  expect (name ^ ": the copy differs") (Dma.sub_string b 100 size = Dma.sub_string a 0 size);
  expect (name ^ ": written beside it")
    (Dma.sub_string b 0 100 = String.make 100 '\000'
    && Dma.sub_string b (size + 100) (size - 100) = String.make (size - 100) '\000')

let drive name f () =
  Pci.enable ~memory:true ~bus_master:true f;
  let m = Option.get (Pci.map f 0) in
  let event = match Device_interrupt.of_pci f way with Some e -> e | None -> failwith (name ^ ": no interrupt") in
  let seen = interrupts name m event in
  copies name m event seen;
  (* Accesses out of a BAR raise. *)
  List.iter
    (fun f -> match f () with _ -> failwith "an access out of the BAR" | exception Invalid_argument _ -> ())
    [
      (fun () -> Pci.Memory.read32 m (Pci.Memory.size m));
      (fun () -> Pci.Memory.read32 m 2);
      (fun () -> Pci.Memory.read8 m (-1));
      (fun () -> Int64.to_int (Pci.Memory.read64 m (Pci.Memory.size m - 4)));
      (fun () -> Pci.Memory.read8 (Pci.Memory.sub m 8 8) 8);
    ];
  (* In one piece, beside the others. *)
  print_string (Printf.sprintf "%s: %d\n" name raisings);
  flush stdout

let edus = List.filter (fun f -> Pci.vendor_id f = 0x1234 && Pci.device_id f = 0x11e8) (Pci.all ())

let main () =
  let busy = ref true and turns = Atomic.make 0 in
  let fork into t main =
    Bundle.fork into (fun () ->
        let computation = Picos.Computation.create () in
        let fiber = Picos.Fiber.create ~forbid:false computation in
        Classes.spawn t fiber (fun _ -> Picos.Computation.capture computation main ());
        Picos.Computation.await computation)
  in
  Bundle.join_after @@ fun all ->
  fork all Local (fun () ->
      while !busy do
        Atomic.incr turns;
        Control.yield ()
      done);
  Bundle.join_after (fun drivers -> List.iteri (fun i f -> fork drivers Drivers (drive (Printf.sprintf "edu %d" i) f)) edus);
  busy := false;
  expect "others ran, too" (Atomic.get turns > 0)

let () =
  expect "three edu devices" (List.length edus = 3);
  Classes.run_on ~n_domains:domains main;
  print_endline "all came"
