(* SPDX-License-Identifier: ISC *)

(* Writes what it likes into what it has in common with the kernel. *)

let name = "disk/virtio2"

let map device =
  let file = Device_client.descriptor device in
  Bigarray.array1_of_genarray (Unix.map_file file Bigarray.Char C_layout true [| (Unix.fstat file).st_size |])

(* There may be announcements of before. *)
let rec await_loss device =
  match Device_client.await device with
  | () -> await_loss device
  | exception Unix.Unix_error (EIO, _, _) -> print_endline "has lost it"

let read device = Device_client.call device ~request:Device_client.read ~token:0 ~buffer:1 ~length:4096

(* The parts of memory that are stacks: what is before the buffers. *)
let stacks = 3 * 4096

let () =
  let device = Device_client.connect name in
  Printf.printf "reads %d bytes\n%!" (read device);
  Bigarray.Array1.fill (Bigarray.Array1.sub (map device) 4096 (stacks - 4096)) '\255';
  Device_client.announce device;
  await_loss device;
  Device_client.close device;
  (* Each session is a new one. *)
  let ends = ref 0 in
  for seed = 1 to 50 do
    (* Mappings go with their values. *)
    if seed mod 10 = 0 then Gc.full_major ();
    let random = Random.State.make [| seed |] in
    let device = Device_client.connect name in
    let bytes = map device in
    let rounds = 1 + Random.State.int random 4 in
    (try
       for _ = 1 to rounds do
         ignore
           (Device_client.put device
              {
                request = Random.State.int random 7;
                token = Random.State.int random 10 - 1;
                buffer = Random.State.int random 17;
                length = Random.State.int random 70000;
                failed = false;
              });
         for _ = 1 to Random.State.int random 20 do
           bytes.{4096 + (8 * Random.State.int random ((stacks - 4096) / 8))} <- Char.chr (Random.State.int random 256)
         done;
         Device_client.announce device
       done
     with Unix.Unix_error (EIO, _, _) -> incr ends);
    Device_client.close device
  done;
  let device = Device_client.connect name in
  Printf.printf "reads %d bytes again\n%!" (read device)
