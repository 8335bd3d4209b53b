(* SPDX-License-Identifier: ISC *)

(* Asks by the network card that it was handed who has an address (QEMU's own network answers), with frames in both directions
   under way; and finds that nobody else has the card. *)

let card = Device_client.connect "net/virtio0"
let mac = match Device_client.kind card with Net { mac; _ } -> mac | Disk _ -> failwith "no card"

(* ARP, in Ethernet. *)
let question =
  String.concat ""
    [ String.make 6 '\255'; mac; "\008\006\000\001\008\000\006\004\000\001"; mac; "\010\000\002\015"; String.make 6 '\000'; "\010\000\002\002"; String.make 18 '\000' ]

let put request buffer length =
  if not (Device_client.put card { request; token = 0; buffer; length; failed = false }) then failwith "no room"

let frame buffer length = String.init length (fun i -> (Device_client.memory card buffer).{i})
let is_answer frame = String.length frame >= 42 && String.sub frame 12 2 = "\008\006" && String.sub frame 20 2 = "\000\002"

let rec answers ~asked ~sent ~came =
  if sent < asked || came < asked then
    match Device_client.get card with
    | None ->
        Device_client.await card;
        answers ~asked ~sent ~came
    | Some { failed = true; length; _ } -> failwith (Printf.sprintf "error %d" length)
    | Some { request; buffer; length; _ } when request = Device_client.receive ->
        let answer = is_answer (frame buffer length) in
        put Device_client.receive buffer 0;
        Device_client.announce card;
        answers ~asked ~sent ~came:(if answer then came + 1 else came)
    | Some _ -> answers ~asked ~sent:(sent + 1) ~came

let () =
  (match Device_client.connect "net/virtio0" with
  | _ -> print_endline "has it twice"
  | exception Unix.Unix_error (EBUSY, _, _) -> ());
  List.iter
    (fun name ->
      match Device_client.connect name with
      | _ -> print_endline ("reaches " ^ name)
      | exception Unix.Unix_error (ENOENT, _, _) -> ())
    [ "disk/virtio0"; "disk/virtio1"; "disk/virtio0p2"; "net/virtio1" ];
  for buffer = 32 to 63 do
    put Device_client.receive buffer 0
  done;
  for buffer = 0 to 9 do
    let memory = Device_client.memory card buffer in
    String.iteri (fun i c -> memory.{i} <- c) question;
    put Device_client.send buffer (String.length question)
  done;
  Device_client.announce card;
  answers ~asked:10 ~sent:0 ~came:0;
  print_endline "ten questions are answered";
  (* Until init ends it. *)
  while true do
    Unix.sleep 1
  done
