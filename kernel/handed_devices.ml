(* SPDX-License-Identifier: ISC *)

open Scheme
module Tree = Scheme_standard.Tree
module Blocks = Redoxfs.Blocks
module Dma = Machine.Dma
module Shared = Process.Shared

type opened = { server : string; session : Handed.t; shared : Shared.t  (** a user of its own *) }

type device = {
  name : string;
  claim : Claim.t;
  make : unit -> (Handed.device, Error.t) result;
  next : opened Queue.t;  (** under [mutex] *)
  mutex : Mutex.t;
  came : Handed.Signal.t;
  last : opened option Atomic.t;  (** who has the claim *)
  ended : Handed.Signal.t;
}

type t = { devices : device list; mapped : Shared.registry; root : string option }

let ( let* ) = Result.bind

(* Errors of devices as numbers. *)
let errno (e : Device.error) = Error.errno (Device_schemes.error_of e)
let with_errno result = Result.map_error errno result

let net_device ({ net; _ } : Network.card) () =
  let device () = Device_supervisor.device net in
  let* first = Device_schemes.of_device (device ()) in
  Ok
    (Handed.Net
       {
         mac = Virtio.Net.mac first;
         mtu = Virtio.Net.mtu first;
         send = (fun frame -> with_errno (Result.bind (device ()) (fun net -> Virtio.Net.send net frame)));
         receive = (fun () -> with_errno (Result.bind (device ()) Virtio.Net.receive));
       })

let disk_device (blocks : Blocks.t) () =
  let read ~first ~count =
    let buffer = Dma.create (count * Blocks.size) in
    let bytes = Bytes.create (count * Blocks.size) in
    let result = with_errno (blocks.read ~first ~count buffer) in
    Dma.blit_to_bytes buffer 0 bytes 0 (Bytes.length bytes);
    Dma.free buffer;
    Result.map (fun () -> bytes) result
  in
  let write ~first bytes =
    let buffer = Dma.create (Bytes.length bytes) in
    Dma.blit_from_bytes bytes 0 buffer 0 (Bytes.length bytes);
    let result = with_errno (blocks.write ~first ~count:(Bytes.length bytes / Blocks.size) buffer) in
    Dma.free buffer;
    result
  in
  let flush () = with_errno (blocks.flush ()) in
  Ok (Handed.Disk { count = blocks.count; read_only = blocks.read_only; read; write; flush })

(* A device's fiber: one session after the other. *)

let rec await_close session ~seen =
  if not (Handed.is_closed session) then await_close session ~seen:(Handed.Signal.await (Handed.announced session) ~above:seen)

let await_close session = await_close session ~seen:(-1)

let rec serve ~log device ~seen =
  match Mutex.protect device.mutex (fun () -> Queue.take_opt device.next) with
  | None -> serve ~log device ~seen:(Handed.Signal.await device.came ~above:seen)
  | Some { server; session; shared } ->
      (match Handed.run session with
      | Ok () -> ()
      | Error why -> log (Printf.sprintf "%s: has lost the device %s: %s" server device.name why)
      | exception exn ->
          Picos.Fiber.check (Picos.Fiber.current ());
          Handed.close session;
          log (Printf.sprintf "%s: has lost the device %s: %s" server device.name (Printexc.to_string exn)));
      (* Nothing of it is under way any more, so the next one may have the device when this one has closed it. *)
      Shared.release shared;
      await_close session;
      Claim.give_back device.claim;
      Handed.Signal.notify device.ended;
      serve ~log device ~seen

let create bundle ~log ~mapped ~cards ~disks ~root =
  let device name claim make =
    let device =
      {
        name;
        claim;
        make;
        next = Queue.create ();
        mutex = Mutex.create ();
        came = Handed.Signal.create ();
        last = Atomic.make None;
        ended = Handed.Signal.create ();
      }
    in
    Class_fiber.fork Vproc bundle (fun () -> serve ~log device ~seen:(-1));
    device
  in
  let of_card (card : Network.card) = device ("net/" ^ card.name) card.claim (net_device card) in
  let of_disk (disk : Storage.disk) =
    device ("disk/" ^ disk.name) disk.claim (disk_device disk.blocks)
    :: List.mapi
         (fun i (_, blocks) -> device (Printf.sprintf "disk/%sp%d" disk.name (i + 1)) (Claim.part disk.claim i) (disk_device blocks))
         disk.partitions
  in
  { devices = List.map of_card cards @ List.concat_map of_disk disks; mapped; root }

let find t name = List.find_opt (fun device -> device.name = name) t.devices

(* The disk of a partition, too. *)
let is_above name root = String.starts_with ~prefix:(name ^ "p") root

let problem t name =
  match (find t name, t.root) with
  | None, _ -> Some "there is no such device"
  | Some _, Some root when name = "disk/" ^ root || is_above name ("disk/" ^ root) -> Some "the file system is on it"
  | Some _, _ -> None

(* What a server opens *)

let inodes = Atomic.make 1

let memory_of shared : Handed.Memory.t =
  let copy f offset count =
    let slice = Slice.create count in
    f offset slice count
  in
  let read offset bytes first count =
    copy
      (fun offset slice count ->
        if Shared.read shared offset slice < count then raise Handed.Memory.No_memory;
        Slice.blit_to_bytes slice bytes first)
      offset count
  in
  let write offset bytes first count =
    copy
      (fun offset slice count ->
        Slice.blit_from_string (Bytes.unsafe_to_string bytes) first slice;
        if Shared.write shared offset slice < count then raise Handed.Memory.No_memory)
      offset count
  in
  { read; write }

let word = 8

let file device ~size ~inode session ~close : Handle.file =
  let announced = Handed.announced session in
  let seen = Atomic.make 0 in
  let wait () = if Handed.has_ended session then Error Error.Io else Ok (Handed.Signal.await announced ~above:(Atomic.get seen)) in
  let read into =
    if Loan.length into < word then Error Error.Invalid
    else
      let* count = wait () in
      if Handed.has_ended session then Error Error.Io
      else begin
        let bytes = Bytes.create word in
        Bytes.set_int64_le bytes 0 (Int64.of_int (count - Atomic.exchange seen count));
        Ok (Loan.fill_string into (Bytes.unsafe_to_string bytes) 0)
      end
  in
  let write from =
    if Handed.has_ended session then Error Error.Io
    else begin
      Handed.kick session;
      Ok (Loan.length from)
    end
  in
  let event (interest : Request.interest) =
    let* () = if interest.writable || not interest.wait then Ok () else Result.map ignore (wait ()) in
    let can_read = Handed.has_ended session || Handed.Signal.count announced > Atomic.get seen in
    Ok { Request.can_read; can_write = true; ended = Handed.has_ended session }
  in
  let close () =
    Handed.close session;
    close ()
  in
  Tree.stream ~read ~write ~event ~close ~stat:(fun () -> Stat.make ~size ~id:inode File) ()

(* Who has closed it is waited for: what he asked of the device comes to its end first. *)
let rec take device =
  let seen = Handed.Signal.count device.ended in
  if Claim.take device.claim then Ok ()
  else
    match Atomic.get device.last with
    | Some { session; _ } when Handed.is_closed session ->
        ignore (Handed.Signal.await device.ended ~above:seen);
        take device
    | Some _ | None -> Error Error.Busy

let open_ t device ~server ~service (flags : Request.flags) =
  if not (flags.read && flags.write) then Error Error.Access
  else
    let* () = take device in
    let opened =
      let* what = device.make () in
      let inode = Atomic.fetch_and_add inodes 1 and size = Handed.size what in
      match Shared.named t.mapped ~service ~inode ~size ~finish:ignore with
      | exception Out_of_memory -> Error Error.No_memory
      | shared -> (
          match Handed.create what (memory_of shared) with
          | exception Handed.Memory.No_memory ->
              Shared.release shared;
              Error Error.No_memory
          | session ->
              Shared.retain shared;
              let opened = { server; session; shared } in
              Atomic.set device.last (Some opened);
              Mutex.protect device.mutex (fun () -> Queue.push opened device.next);
              Handed.Signal.notify device.came;
              Ok (file device ~size ~inode session ~close:(fun () -> Shared.release shared)))
    in
    if Result.is_error opened then Claim.give_back device.claim;
    opened

let service t ~server names =
  let number = ref 0 in
  let mine = List.filter_map (fun name -> if problem t name = None then find t name else None) names in
  let in_folder folder =
    List.filter_map
      (fun device ->
        match String.split_on_char '/' device.name with
        | [ top; name ] when top = folder -> Some (name, Tree.File (fun flags -> open_ t device ~server ~service:!number flags))
        | _ -> None)
      mine
  in
  let folders = List.filter (fun (_, entries) -> entries <> []) [ ("net", in_folder "net"); ("disk", in_folder "disk") ] in
  let service = Tree.service (Directory (List.map (fun (name, entries) -> (name, Tree.Directory entries)) folders)) in
  number := Service.number service;
  service
