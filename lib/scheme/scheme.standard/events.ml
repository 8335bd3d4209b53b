(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos

let ( let* ) = Result.bind

type state = Idle | Watched | Ready of Request.ready

type member = {
  handle : Handle.t;
  interest : Request.interest;
  life : unit Computation.t;  (** of the fiber that watches *)
  mutable state : state;
}

type t = { changes : Changes.t;  (** holds all below *) members : (int, member) Hashtbl.t }

exception Removed

let most_members = 4096

(* A fiber that waits for one member, until that is ready or removed. *)
let watch t member =
  Fiber.spawn (Fiber.create ~forbid:false member.life) (fun _ ->
      let tell state = Changes.change t.changes (fun () -> member.state <- state) in
      match Handle.event member.handle member.interest with
      | Ok ready -> tell (Ready ready)
      | Error _ -> tell (Ready { can_read = false; can_write = false; ended = true })
      | exception _ -> () (* removed *))

let end_member member =
  Computation.cancel member.life Removed (Printexc.get_callstack 0);
  Handle.close member.handle

let members t = List.of_seq (Hashtbl.to_seq t.members)
let is_idle (_, member) = member.state = Idle

(* Lets all be watched that are not; those that cannot be, because this fiber is canceled, are left for the next. *)
let watch_idle t =
  let idle =
    Changes.look t.changes (fun () ->
        let idle = List.map snd (List.filter is_idle (members t)) in
        List.iter (fun member -> member.state <- Watched) idle;
        idle)
  in
  let rec go = function
    | [] -> ()
    | member :: rest -> (
        match watch t member with
        | () -> go rest
        | exception exn ->
            let bt = Printexc.get_raw_backtrace () in
            Changes.change t.changes (fun () -> List.iter (fun member -> member.state <- Idle) (member :: rest));
            Printexc.raise_with_backtrace exn bt)
  in
  go idle

let rec wait_ready t =
  watch_idle t;
  let ready () =
    let members = members t in
    let found =
      List.filter_map
        (fun (number, member) -> match member.state with Ready ready -> Some (number, member, ready) | _ -> None)
        members
    in
    if found <> [] then begin
      List.iter (fun (_, member, _) -> member.state <- Idle) found;
      Some (List.sort compare (List.map (fun (number, _, ready) -> (number, ready)) found))
    end
    else if List.exists is_idle members then Some [] (* one that is new *)
    else None
  in
  match Changes.wait_for t.changes ready with [] -> wait_ready t | found -> found

let line (number, (ready : Request.ready)) =
  Printf.sprintf "%d %s%s%s\n" number
    (if ready.can_read then "r" else "")
    (if ready.can_write then "w" else "")
    (if ready.ended then "e" else "")

(* Whole lines only; what does not fit is told next time, for its member is still ready then. *)
let read t into =
  if Loan.length into < 32 then Error Error.Invalid
  else
    let rec fit text = function
      | [] -> text
      | ready :: rest ->
          let more = text ^ line ready in
          if String.length more > Loan.length into then text else fit more rest
    in
    Ok (Loan.fill_string into (fit "" (wait_ready t)) 0)

let is_ready (_, member) = match member.state with Ready _ -> true | Idle | Watched -> false

(* What is ready stays so for who reads. *)
let rec await_ready t =
  watch_idle t;
  let look () =
    let members = members t in
    if List.exists is_ready members then Some true else if List.exists is_idle members then Some false else None
  in
  if not (Changes.wait_for t.changes look) then await_ready t

let is_ready_now (_, member) =
  match Handle.event member.handle { member.interest with wait = false } with
  | Ok ready -> ready.ended || (member.interest.readable && ready.can_read) || (member.interest.writable && ready.can_write)
  | Error _ -> true

let event t (interest : Request.interest) : (Request.ready, Error.t) result =
  if interest.wait then begin
    await_ready t;
    Ok { can_read = true; can_write = false; ended = false }
  end
  else
    let can_read = List.exists is_ready_now (Changes.look t.changes (fun () -> members t)) in
    Ok { can_read; can_write = false; ended = false }

let change t f = Changes.change t.changes f

let take_in t number interest handle : (unit, Error.t) result =
  let* (stat : Stat.t) = Handle.stat handle in
  let* () = if stat.kind = Event_set then Error Error.Invalid else Ok () in
  let member = { handle; interest; life = Computation.create (); state = Idle } in
  let* before =
    change t @@ fun () ->
    let before = Hashtbl.find_opt t.members number in
    if before = None && Hashtbl.length t.members >= most_members then Error Error.Too_many_handles
    else begin
      Hashtbl.replace t.members number member;
      Ok before
    end
  in
  Option.iter end_member before;
  Ok ()

let take_out t number : (unit, Error.t) result =
  let found =
    change t @@ fun () ->
    let found = Hashtbl.find_opt t.members number in
    Hashtbl.remove t.members number;
    found
  in
  match found with
  | None -> Error Not_found
  | Some member ->
      end_member member;
      Ok ()

let interest_of = function
  | "r" -> Some { Request.readable = true; writable = false; wait = true }
  | "w" -> Some { Request.readable = false; writable = true; wait = true }
  | "rw" -> Some { Request.readable = true; writable = true; wait = true }
  | _ -> None

let number_of text = match int_of_string_opt text with Some n when n >= 0 -> Some n | _ -> None

type command = Add of int * Request.interest * Handle.t | Remove of int

let decode (message : Handle.message) =
  match (String.split_on_char ' ' message.text, message.handles) with
  | [ "add"; number; interest ], [ handle ] -> (
      match (number_of number, interest_of interest) with
      | Some number, Some interest -> Some (Add (number, interest, handle))
      | _ -> None)
  | [ "remove"; number ], [] -> Option.map (fun number -> Remove number) (number_of number)
  | _ -> None

let call t (message : Handle.message) : (Handle.message, Error.t) result =
  let perform () =
    match decode message with
    | Some (Add (number, interest, handle)) -> take_in t number interest handle
    | Some (Remove number) -> take_out t number
    | None -> Error Error.Invalid
  in
  let refuse () = List.iter Handle.close message.handles in
  let answer =
    match perform () with
    | answer -> answer
    | exception exn ->
        let bt = Printexc.get_raw_backtrace () in
        refuse ();
        Printexc.raise_with_backtrace exn bt
  in
  if Result.is_error answer then refuse ();
  Result.map (fun () : Handle.message -> { text = ""; handles = [] }) answer

let set () =
  let t = { changes = Changes.create (); members = Hashtbl.create 8 } in
  (* No request is under way then. *)
  let close () = Hashtbl.iter (fun _ member -> end_member member) t.members in
  Tree.stream ~read:(read t) ~event:(event t) ~call:(call t) ~close ~stat:(fun () -> Stat.make Event_set) ()

let service () = Tree.service (File (fun _ -> Ok (set ())))

let text_of (interest : Request.interest) =
  match interest with
  | { readable = true; writable = true; _ } -> "rw"
  | { writable = true; _ } -> "w"
  | _ -> "r"

let add set number interest handle =
  Result.map ignore
    (Handle.call set { text = Printf.sprintf "add %d %s" number (text_of interest); handles = [ handle ] })

let remove set number =
  Result.map ignore (Handle.call set { text = Printf.sprintf "remove %d" number; handles = [] })

let wait set =
  let slice = Slice.create 4096 in
  let* n = Handle.read set slice in
  let ready text =
    match String.split_on_char ' ' text with
    | [ number; flags ] ->
        Option.map
          (fun number ->
            ( number,
              {
                Request.can_read = String.contains flags 'r';
                can_write = String.contains flags 'w';
                ended = String.contains flags 'e';
              } ))
          (number_of number)
    | _ -> None
  in
  Ok (List.filter_map ready (String.split_on_char '\n' (Slice.to_string (Slice.sub slice 0 n))))
