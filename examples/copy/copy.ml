(* SPDX-License-Identifier: ISC *)

(* Copies one disk to another, while frames are echoed and a timer ticks in each class: drivers in the class of drivers, the
   copy and the echo in that of virtual processes. On each CPU there is a domain. `bactrian run --trace out.json` shows all
   of it.

   The first virtio disk is copied to the second one, or to the first NVMe disk if there is one; by 8 fibers, or as many as
   the argument says. *)

open Picos_std_structured
module Classes = Picox_classes
module Supervisor = Device_supervisor
module Blk = Virtio.Blk
module Net = Virtio.Net

let fibers = if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 8

let ok what = function Ok x -> x | Error error -> failwith (what ^ ": " ^ Device.error_text error)

(* A fiber of the class, which ends with the bundle. *)
let fork_into t bundle main =
  Bundle.fork bundle (fun () ->
      let computation = Picos.Computation.create () in
      let (Packed here) = Picos.Fiber.get_computation (Picos.Fiber.current ()) in
      let canceler = Picos.Computation.attach_canceler ~from:here ~into:computation in
      Fun.protect ~finally:(fun () -> Picos.Computation.detach here canceler) @@ fun () ->
      Classes.spawn t
        (Picos.Fiber.create ~forbid:false computation)
        (fun _ -> Picos.Computation.capture computation main ());
      Picos.Computation.await computation)

(* Starts a driver, and gives the device. *)
let drive bundle name run =
  let supervisor = Supervisor.create name in
  fork_into Drivers bundle (fun () -> ignore (Supervisor.run supervisor run));
  ok name (Supervisor.device supervisor)

let virtio f = ok "transport" (Virtio.Pci.transport f)

module Copy (From : Device.BLOCK) (Into : Device.BLOCK) = struct
  let piece = 256 * 1024

  (* Some fibers that each take the next piece. *)
  let run ~fibers from into =
    let per_piece = piece / From.sector_size from in
    let pieces = From.sectors from / per_piece in
    if From.sector_size from <> Into.sector_size into || Into.sectors into < From.sectors from then
      failwith "the second disk is too small, or has other sectors";
    let next = Atomic.make 0 in
    let worker () =
      let buffer = Machine.Dma.create piece in
      let whole : Device.slice list = [ { buffer; offset = 0; length = piece } ] in
      let rec go () =
        let n = Atomic.fetch_and_add next 1 in
        if n < pieces then begin
          ok "read" (From.read from ~sector:(n * per_piece) whole);
          ok "write" (Into.write into ~sector:(n * per_piece) whole);
          go ()
        end
      in
      go ()
    in
    Bundle.join_after (fun all ->
        for _ = 1 to fibers do
          Bundle.fork all worker
        done);
    ok "flush" (Into.flush into);
    pieces * piece
end

module To_virtio = Copy (Blk) (Blk)
module To_nvme = Copy (Blk) (Nvme.Disk)

let copy bundle =
  let from f = drive bundle "the first disk" (fun ready -> Blk.run (virtio f) ready) in
  match (Virtio.Pci.all Blk.kind, Nvme.Access.all ()) with
  | first :: _, controller :: _ ->
      let into = drive bundle "the NVMe disk" (Nvme.Disk.run (ok "nvme" (Nvme.Access.of_pci controller))) in
      To_nvme.run ~fibers (from first) into
  | first :: second :: _, [] ->
      let into = drive bundle "the second disk" (fun ready -> Blk.run (virtio second) ready) in
      To_virtio.run ~fibers (from first) into
  | _ -> failwith "there are no two disks"

let swap_addresses frame =
  String.concat "" [ String.sub frame 6 6; String.sub frame 0 6; String.sub frame 12 (String.length frame - 12) ]

let echo net frames =
  let rec go () =
    match Net.receive net with
    | Error _ -> ()
    | Ok frame ->
        if String.length frame >= 14 then ignore (Net.send net (swap_addresses frame));
        Atomic.incr frames;
        go ()
  in
  go ()

let tick every ticks =
  while true do
    Control.sleep ~seconds:every;
    Atomic.incr ticks
  done

let classes : (string * Classes.t) list = [ ("drivers", Drivers); ("virtual processes", Vproc); ("local", Local) ]

let main () =
  let frames = Atomic.make 0 and ticks = List.map (fun (_, t) -> (t, Atomic.make 0)) classes in
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  List.iter
    (fun f ->
      let net = drive all "the network" (fun ready -> Net.run (virtio f) ready) in
      fork_into Vproc all (fun () -> echo net frames))
    (Virtio.Pci.all Net.kind);
  List.iteri (fun i (t, count) -> fork_into t all (fun () -> tick (0.01 *. float (i + 1)) count)) ticks;
  let start = Unix.gettimeofday () in
  let copied = Promise.await (Bundle.fork_as_promise all (fun () -> copy all)) in
  Printf.printf "copied %d KiB\n%!" (copied / 1024);
  let seconds = Unix.gettimeofday () -. start in
  Printf.eprintf "in %.2f s, with %d frames echoed and %s ticks\n%!" seconds (Atomic.get frames)
    (String.concat ", " (List.map (fun (_, count) -> string_of_int (Atomic.get count)) ticks))

let () =
  let context = Classes.context () in
  Classes.run_on ~n_domains:(Domain.recommended_domain_count ()) ~context ~main_class:Vproc main;
  List.iter
    (fun (name, t) -> Printf.eprintf "%s: %d turns\n%!" name (Classes.turns context t))
    classes
