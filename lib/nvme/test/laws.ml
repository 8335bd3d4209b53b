(* SPDX-License-Identifier: ISC
   The NVMe driver with controllers that do what they should, that answer nonsense, that go away. *)

open Picos_std_structured
open Nvme
module Dma = Machine.Dma
module Supervisor = Device_supervisor
open Picox_check.Check

let ok what = function Ok x -> x | Error error -> failwith (what ^ ": " ^ Device.error_text error)

let schedulers =
  [
    ("fifo", fun main -> Picos_mux_fifo.run main);
    ("classes", fun main -> Picox_classes.run ~main_class:Drivers main);
    ("three domains", fun main -> Picox_classes.run_on ~n_domains:3 ~main_class:Drivers main);
  ]

let everywhere name main =
  List.iter (fun (scheduler, run) -> test (name ^ ", " ^ scheduler) (fun () -> run main)) schedulers

let with_disk ?handle (fake : Fake.t) body =
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  let supervisor = Supervisor.create "fake" in
  Bundle.fork all (fun () -> Fake.serve ?handle fake);
  let ended = Bundle.fork_as_promise all (fun () -> Supervisor.run ~report:ignore supervisor (Disk.run ~queues:2 fake.access)) in
  body supervisor ended

let slice buffer offset length : Device.slice = { buffer; offset; length }

let () =
  List.iter
    (fun (limit, shared) ->
      everywhere (Printf.sprintf "a disk keeps what is written, limit %d, pin %b" limit shared) (fun () ->
          let fake = Fake.create ~shared ~limit () in
          with_disk fake (fun supervisor _ ->
              let disk = ok "disk" (Supervisor.device supervisor) in
              equal "sectors" Fake.sectors (Disk.sectors disk);
              equal "queues" 2 (Disk.queues disk);
              that "names" (Disk.serial disk = "fake serial" && Disk.model disk = "fake model");
              Bundle.join_after (fun all ->
                  for n = 0 to 7 do
                    Bundle.fork all (fun () ->
                        let size = 64 * 512 in
                        let buffer = Dma.create (size + 512) in
                        for round = 0 to 9 do
                          let at = 4 * round in
                          for i = 0 to (size / 512) - 1 do
                            Dma.fill buffer (at + (i * 512)) 512 (Char.chr ((n + round + i) land 255))
                          done;
                          let before = Dma.sub_string buffer at size in
                          ok "write" (Disk.write disk ~sector:(n * 64) [ slice buffer at size ]);
                          that "there" (Bytes.sub_string fake.content (n * size) size = before);
                          Dma.fill buffer 0 (Dma.size buffer) 'x';
                          let parts = List.init 4 (fun i -> slice buffer (at + (i * size / 4)) (size / 4)) in
                          ok "read" (Disk.read disk ~sector:(n * 64) parts);
                          that "the same" (Dma.sub_string buffer at size = before);
                          that "nothing beside it" (Dma.get8 buffer (at + size) = Char.code 'x');
                          ok "flush" (Disk.flush disk)
                        done)
                  done);
              ok "zeroes" (Disk.write_zeroes disk ~sector:3 ~sectors:20);
              that "zeroes" (Bytes.sub_string fake.content (3 * 512) (20 * 512) = String.make (20 * 512) '\000');
              ok "discard" (Disk.discard disk ~sector:0 ~sectors:10);
              let buffer = Dma.create 512 in
              let many = List.init 60 (fun n -> Disk.Read { sector = n; into = [ slice buffer 0 512 ] }) in
              that "a batch" (List.for_all (( = ) (Ok ())) (Disk.batch disk (many @ [ Disk.Flush ])));
              that "range" (Disk.read disk ~sector:Fake.sectors [ slice buffer 0 512 ] = Error `Out_of_range);
              that "half a sector" (Disk.read disk ~sector:0 [ slice buffer 0 256 ] = Error `Out_of_range);
              raises "out of the buffer" is_invalid (fun () -> Disk.read disk ~sector:0 [ slice buffer 4 512 ]))))
    [ (0, false); (1, false); (3, false); (1, true) ];

  List.iter
    (fun (name, nonsense) ->
      everywhere ("a completion that cannot be: " ^ name) (fun () ->
          let once = ref true in
          let handle t queue (command : Fake.command) =
            if !once then begin
              once := false;
              nonsense t queue command
            end
            else Fake.serve_disk t queue command
          in
          with_disk ~handle (Fake.create ()) (fun supervisor _ ->
              let disk = ok "disk" (Supervisor.device supervisor) in
              that "malformed" (match Disk.flush disk with Error (`Malformed _) -> true | _ -> false);
              let rec again () =
                match Disk.flush (ok "disk" (Supervisor.device supervisor)) with
                | Ok () -> ()
                | Error _ -> Control.sleep ~seconds:0.001; again ()
              in
              again ();
              equal "starts" 2 (Supervisor.starts supervisor))))
    [
      ("another identity", fun t queue c -> Fake.complete t queue ((c.identity + 1) mod 15));
      ("an identity far away", fun t queue _ -> Fake.complete t queue 0xffff);
      ("another queue", fun t queue c -> Fake.complete t queue ~number:7 c.identity);
      ("a head behind the queue", fun t queue c ->
          let head = queue.head in
          queue.head <- 4000;
          Fake.complete t queue c.identity;
          queue.head <- head);
    ];

  everywhere "errors that the controller reports" (fun () ->
      let handle t queue (c : Fake.command) = Fake.complete t queue ~status:(if c.opcode = 0 then 0x281 else 1) c.identity in
      with_disk ~handle (Fake.create ()) (fun supervisor _ ->
          let disk = ok "disk" (Supervisor.device supervisor) in
          that "failed" (Disk.flush disk = Error `Failed);
          that "unsupported" (Disk.write_zeroes disk ~sector:0 ~sectors:1 = Error `Unsupported)));

  everywhere "what is in flight fails when the controller goes" (fun () ->
      let fake = Fake.create () in
      with_disk ~handle:(fun _ _ _ -> ()) fake (fun supervisor ended ->
          let disk = ok "disk" (Supervisor.device supervisor) in
          Bundle.join_after (fun all ->
              for n = 0 to 39 do
                Bundle.fork all (fun () ->
                    that "gone" (Disk.read disk ~sector:n [ slice (Dma.create 512) 0 512 ] = Error `Gone))
              done;
              Bundle.fork all (fun () ->
                  Control.sleep ~seconds:0.01;
                  fake.gone := true));
          that "ended" (Promise.await ended = `Gone);
          that "dead" (match Supervisor.device supervisor with Error `Gone -> true | _ -> false)));

  test "controllers that cannot be driven" (fun () ->
      Picos_mux_fifo.run @@ fun () ->
      let never _ = failwith "ready" in
      let fake = Fake.create () in
      fake.gone := true;
      that "gone" (Disk.run ~queues:1 fake.access never = `Gone);
      let fake = Fake.create () in
      Hashtbl.replace fake.registers 4 (1 lsl 16);
      that "larger pages" (Disk.run ~queues:1 fake.access never = `Unsupported);
      let fake = Fake.create () in
      let read32 at = if at = 0x1c then 2 else fake.access.read32 at in
      that "fatal" (Disk.run ~queues:1 { fake.access with read32 } never = `Failed));

  run ()
