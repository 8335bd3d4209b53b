(* SPDX-License-Identifier: ISC
   All edu devices of the machine raise one line by their pins, at the same time. Each one's thread must see every
   interrupt of its own, and when all are silent nothing more may come. *)

open Machine

let rounds = 100

let memory f = match Pci.map f 0 with Some memory -> memory | None -> failwith "no memory behind BAR 0"
let status m = Pci.Memory.read32 m 0x24
let raise_ m = Pci.Memory.write32 m 0x60 1
let silence m = Pci.Memory.write32 m 0x64 (status m)
let finished = Atomic.make 0

(* Of the line's interrupts some are those of others. One who is through goes on waiting, or the others' would stay
   masked. *)
let serve count (m, interrupt) =
  let seen = ref 0 and own = ref 0 in
  let wait timeout =
    seen := Pci.Interrupt.wait ~timeout interrupt ~seen:!seen;
    if status m <> 0 then begin
      silence m;
      incr own
    end
  in
  for round = 1 to rounds do
    raise_ m;
    let deadline = Unix.gettimeofday () +. 60. in
    while !own < round do
      wait 20.;
      if Unix.gettimeofday () > deadline then failwith (Printf.sprintf "%d of %d interrupts" !own round)
    done
  done;
  Atomic.incr finished;
  while Atomic.get finished < count do
    wait 0.01
  done;
  if !own <> rounds then failwith (Printf.sprintf "%d interrupts of its own" !own);
  !seen

let () =
  List.iter prerr_endline (Pci.problems ());
  let edus = List.filter (fun f -> Pci.vendor_id f = 0x1234 && Pci.device_id f = 0x11e8) (Pci.all ()) in
  let count = List.length edus in
  let lines = List.sort_uniq compare (List.map Pci.interrupt_line edus) in
  (match lines with
  | [ Some _ ] when count > 2 -> ()
  | _ -> failwith (Printf.sprintf "%d devices on %d lines" count (List.length lines)));
  let taken =
    List.map
      (fun f ->
        Pci.enable ~memory:true f;
        match Pci.interrupt f Pin with
        | Some interrupt ->
            if Pci.interrupt f Pin <> None then failwith "one source, two takers";
            (memory f, interrupt)
        | None -> failwith "no pin")
      edus
  in
  let seen = Array.make count 0 in
  let threads = List.mapi (fun i device -> Thread.create (fun () -> seen.(i) <- serve count device) ()) taken in
  List.iter Thread.join threads;
  (* What came before all had waited again is behind us; then it is silent. *)
  let settle () =
    List.mapi
      (fun i (_, interrupt) ->
        seen.(i) <- Pci.Interrupt.wait ~timeout:0.01 interrupt ~seen:seen.(i);
        seen.(i))
      taken
  in
  (* A line that rose and fell while it was masked may be told of once more. *)
  let rec silent tries before =
    let now = settle () in
    if now = before then now else if tries = 0 then failwith "interrupts of nobody" else silent (tries - 1) now
  in
  let first = silent 5 (settle ()) in
  (* Each interrupt is at least one device's; an interrupt a round and device is the most that can be. *)
  List.iter (fun n -> if n > 2 * rounds * count then failwith (Printf.sprintf "a storm of %d interrupts" n)) first;
  Printf.printf "%d devices: all came\n" count
