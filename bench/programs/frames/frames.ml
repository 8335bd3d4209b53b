(* SPDX-License-Identifier: ISC
   How fast frames are: sent one after the other, of 64 and 1514 bytes, and one of 64 there and back by a peer that echoes
   those that ask for it. Times are in seconds a frame. *)

open Picos_std_structured
module Supervisor = Device_supervisor
module Net = Virtio.Net

let ok what = function Ok x -> x | Error error -> failwith (what ^ ": " ^ Device.error_text error)
let now = Unix.gettimeofday

let frame net ~size ~echo =
  let bytes = Bytes.make size '\000' in
  Bytes.blit_string "\x02peer!" 0 bytes 0 6;
  Bytes.blit_string (Net.mac net) 0 bytes 6 6;
  Bytes.blit_string (if echo then "\x88\xb5\001" else "\x88\xb5\000") 0 bytes 12 3;
  Bytes.to_string bytes

let send net ~size ~count =
  let frame = frame net ~size ~echo:false in
  let start = now () in
  for _ = 1 to count do
    ok "send" (Net.send net frame)
  done;
  (now () -. start) /. float count

let echo net ~count =
  let frame = frame net ~size:64 ~echo:true in
  let rec back () =
    let got = ok "receive" (Net.receive net) in
    if String.length got < 15 || String.sub got 12 3 <> "\x88\xb5\001" then back ()
  in
  let start = now () in
  for _ = 1 to count do
    ok "send" (Net.send net frame);
    back ()
  done;
  (now () -. start) /. float count

let main () =
  let count = int_of_string Sys.argv.(1) in
  Bundle.join_after ~on_return:`Terminate @@ fun drivers ->
  let f = List.hd (Virtio.Pci.all Net.kind) in
  let supervisor = Supervisor.create "net" in
  let transport = ok "net" (Virtio.Pci.transport f) in
  Bundle.fork drivers (fun () -> ignore (Supervisor.run supervisor (fun ready -> Net.run transport ready)));
  let net = ok "net" (Supervisor.device supervisor) in
  Printf.printf "net_send_64 %.9f\n%!" (send net ~size:64 ~count:(5 * count));
  Printf.printf "net_send_1514 %.9f\n%!" (send net ~size:1514 ~count:(5 * count));
  Printf.printf "net_echo %.9f\n%!" (echo net ~count)

let () = Picox_classes.run_on ~n_domains:(Domain.recommended_domain_count ()) ~main_class:Drivers main
