(* SPDX-License-Identifier: ISC *)

open Scheme
module Blocks = Blocks
module Mutex = Stdlib.Mutex

let ( let* ) = Result.bind

type t = {
  mutex : Mutex.t;  (** holds all nodes. Nothing waits under it. *)
  root : Node.t;
  budget : Budget.t;
  now_ns : unit -> int;
  ids : int Atomic.t;
}

let system_ns () = int_of_float (Unix.gettimeofday () *. 1e6) * 1000
let node_cost = 256
let cost name = node_cost + String.length name

let create ?(budget = Budget.unlimited) ?(now_ns = system_ns) () =
  let root = Node.make ~id:1 ~now_ns:(now_ns ()) (Directory (Node.empty ())) in
  root.links <- 1;
  { mutex = Mutex.create (); root; budget; now_ns; ids = Atomic.make 2 }

let make t content = Node.make ~id:(Atomic.fetch_and_add t.ids 1) ~now_ns:(t.now_ns ()) content

let modified t (node : Node.t) =
  let now = t.now_ns () in
  node.modified_ns <- now;
  node.changed_ns <- now

(* Names. Each takes its cost from the budget. *)

let put t (parent : Node.t) directory name (node : Node.t) : (unit, Error.t) result =
  if not (Budget.take t.budget (cost name)) then Error No_space
  else begin
    Node.put directory name node;
    node.links <- node.links + 1;
    node.changed_ns <- t.now_ns ();
    modified t parent;
    Ok ()
  end

let free_if_unused (node : Node.t) =
  if node.links = 0 && node.opened = 0 then
    match node.content with File blocks -> Blocks.clear blocks | Directory _ | Link _ -> ()

let take_away t (parent : Node.t) directory name (node : Node.t) =
  Node.remove directory name;
  Budget.give_back t.budget (cost name);
  node.links <- node.links - 1;
  node.changed_ns <- t.now_ns ();
  modified t parent;
  free_if_unused node

(* Finding *)

type found =
  | Found of Node.t
  | Through of { above : string list; target : string; rest : string list }  (** a symbolic link *)

(* [above] is in reverse. The last name is followed if it is a link and [follow]. *)
let rec walk (node : Node.t) above names ~follow : (found, Error.t) result =
  match names with
  | [] -> Ok (Found node)
  | name :: rest -> (
      match node.content with
      | File _ | Link _ -> Error Not_directory
      | Directory directory -> (
          match Node.find directory name with
          | None -> Error Not_found
          | Some { content = Link target; _ } when follow || rest <> [] ->
              Ok (Through { above = List.rev above; target; rest })
          | Some child -> walk child (name :: above) rest ~follow))

type 'a step = ((Handle.t, 'a) Request.answer, Error.t) result

let elsewhere ?(which = Request.First) ~above ~target ~rest () : 'a step = Ok (Elsewhere { which; above; target; rest })

let find t ?which names ~follow (f : Node.t -> 'a step) : 'a step =
  match walk t.root [] names ~follow with
  | Error _ as error -> error
  | Ok (Through { above; target; rest }) -> elsewhere ?which ~above ~target ~rest ()
  | Ok (Found node) -> f node

(* The directory that has, or is to have, the last name; [at_root] if there is no name. *)
let find_parent t ?which names ~at_root (f : Node.t -> Node.directory -> string -> 'a step) : 'a step =
  match List.rev names with
  | [] -> Error at_root
  | name :: above -> (
      match walk t.root [] (List.rev above) ~follow:true with
      | Error _ as error -> error
      | Ok (Through { above; target; rest }) -> elsewhere ?which ~above ~target ~rest:(rest @ [ name ]) ()
      | Ok (Found ({ content = Directory directory; _ } as parent)) -> f parent directory name
      | Ok (Found _) -> Error Not_directory)

let finished (result : ('a, Error.t) result) : 'a step = Result.map (fun value -> Request.Done value) result

(* Open files *)

let ready : Request.ready = { can_read = true; can_write = true; ended = false }

let set_times t (node : Node.t) accessed_ns modified_ns =
  Option.iter (fun ns -> node.accessed_ns <- ns) accessed_ns;
  Option.iter (fun ns -> node.modified_ns <- ns) modified_ns;
  node.changed_ns <- t.now_ns ()

let close t (node : Node.t) =
  Mutex.protect t.mutex (fun () ->
      node.opened <- node.opened - 1;
      free_if_unused node)

let refuse (message : Handle.message) : (Handle.message, Error.t) result =
  List.iter Handle.close message.handles;
  Error Unsupported

let file t (node : Node.t) blocks : Handle.file =
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at = At n; into } ->
        Loan.use into @@ fun into ->
        Mutex.protect t.mutex @@ fun () ->
        node.accessed_ns <- t.now_ns ();
        Ok (Blocks.read blocks n into)
    | Read _ -> Error Invalid
    | Write { at; from } ->
        Loan.use from @@ fun from ->
        Mutex.protect t.mutex @@ fun () ->
        let at = match at with At n -> n | End | Stream -> Blocks.size blocks in
        let result = Blocks.write blocks at from in
        if Result.is_ok result then modified t node;
        result
    | Truncate size ->
        Mutex.protect t.mutex @@ fun () ->
        let result = Blocks.truncate blocks size in
        if Result.is_ok result then modified t node;
        result
    | Map { offset; length; write } ->
        Mutex.protect t.mutex @@ fun () ->
        let* memory = Blocks.map blocks offset length in
        Ok (Request.Memory (if write then memory else Slice.read_only memory))
    | Stat -> Ok (Mutex.protect t.mutex (fun () -> Node.stat node))
    | Set_times { accessed_ns; modified_ns } ->
        Ok (Mutex.protect t.mutex (fun () -> set_times t node accessed_ns modified_ns))
    | Event _ -> Ok ready
    | Sync -> Ok ()
    | List _ -> Error Not_directory
    | Call message -> refuse message
    | Close -> Ok (close t node)
  in
  { seekable = true; perform }

let directory_file t (node : Node.t) directory : Handle.file =
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | List { from; most } ->
        Mutex.protect t.mutex @@ fun () ->
        node.accessed_ns <- t.now_ns ();
        Ok (Node.entries directory ~from ~most)
    | Stat -> Ok (Mutex.protect t.mutex (fun () -> Node.stat node))
    | Set_times { accessed_ns; modified_ns } ->
        Ok (Mutex.protect t.mutex (fun () -> set_times t node accessed_ns modified_ns))
    | Event _ -> Ok ready
    | Sync -> Ok ()
    | Close -> Ok (close t node)
    | Call message -> refuse message
    | Read _ -> Error Is_directory
    | Write _ -> Error Is_directory
    | Truncate _ -> Error Is_directory
    | Map _ -> Error Is_directory
  in
  { seekable = true; perform }

let open_node t (node : Node.t) (flags : Request.flags) : (Handle.file, Error.t) result =
  match node.content with
  | Link _ -> Error Too_many_links (* one that was not to be followed *)
  | Directory _ when (flags.write && not flags.directory) || flags.append || flags.truncate -> Error Is_directory
  | Directory directory ->
      node.opened <- node.opened + 1;
      Ok (directory_file t node directory)
  | File _ when flags.directory -> Error Not_directory
  | File blocks ->
      let* () = if flags.truncate && Blocks.size blocks > 0 then Blocks.truncate blocks 0 else Ok () in
      if flags.truncate then modified t node;
      node.opened <- node.opened + 1;
      Ok (file t node blocks)

let open_ t names (flags : Request.flags) : Handle.file step =
  let existing () = find t names ~follow:flags.follow (fun node -> finished (open_node t node flags)) in
  if flags.creation = Never then existing ()
  else
    find_parent t names ~at_root:(if flags.creation = Always_new then Exists else Is_directory) @@ fun parent directory name ->
    match Node.find directory name with
    | Some _ when flags.creation = Always_new -> Error Exists
    | Some _ -> existing ()
    | None when flags.directory -> Error Is_directory (* a directory is not made so *)
    | None when parent.links = 0 -> Error Not_found
    | None ->
        let node = make t (File (Blocks.create t.budget)) in
        let* () = put t parent directory name node in
        finished (open_node t node flags)

(* Changes of names *)

let make_in t names content : unit step =
  find_parent t names ~at_root:Exists @@ fun parent directory name ->
  if Node.find directory name <> None then Error Exists
  else finished (put t parent directory name (make t content))

let unlink t names ~is_directory : unit step =
  find_parent t names ~at_root:Busy @@ fun parent directory name ->
  match Node.find directory name with
  | None -> Error Not_found
  | Some { content = Directory inner; _ } when is_directory && not (Node.is_empty inner) -> Error Not_empty
  | Some { content = Directory _; _ } when not is_directory -> Error Is_directory
  | Some { content = File _ | Link _; _ } when is_directory -> Error Not_directory
  | Some node -> Ok (Done (take_away t parent directory name node))

let link t from into : unit step =
  find t from ~follow:false @@ fun node ->
  match node.content with
  | Directory _ -> Error Is_directory
  | File _ | Link _ ->
      find_parent t ~which:Second into ~at_root:Exists @@ fun parent directory name ->
      if Node.find directory name <> None then Error Exists else finished (put t parent directory name node)

let may_replace (node : Node.t) (old : Node.t) : (unit, Error.t) result =
  match (node.content, old.content) with
  | Directory _, Directory inner -> if Node.is_empty inner then Ok () else Error Not_empty
  | Directory _, (File _ | Link _) -> Error Not_directory
  | (File _ | Link _), Directory _ -> Error Is_directory
  | (File _ | Link _), (File _ | Link _) -> Ok ()

let rec is_prefix prefix names =
  match (prefix, names) with
  | [], _ -> true
  | a :: prefix, b :: names -> String.equal a b && is_prefix prefix names
  | _ :: _, [] -> false

(* All is checked before anything changes; what can be short is taken first. *)
let rename t from into ~replace : unit step =
  find_parent t from ~at_root:Busy @@ fun parent directory name ->
  find_parent t ~which:Second into ~at_root:Busy @@ fun new_parent new_directory new_name ->
  match Node.find directory name with
  | None -> Error Not_found
  | Some node -> (
      let old = Node.find new_directory new_name in
      match old with
      | Some _ when not replace -> Error Exists
      | Some old when old == node -> Ok (Done ())
      | _ ->
          if Node.kind node = Directory && is_prefix from into then Error Invalid
          else
            let* () = match old with Some old -> may_replace node old | None -> Ok () in
            if not (Budget.take t.budget (cost new_name)) then Error No_space
            else begin
              Option.iter (fun old -> take_away t new_parent new_directory new_name old) old;
              Node.put new_directory new_name node;
              Node.remove directory name;
              Budget.give_back t.budget (cost name);
              node.changed_ns <- t.now_ns ();
              modified t parent;
              modified t new_parent;
              Ok (Request.Done ())
            end)

let stat t names ~follow : Stat.t step = find t names ~follow (fun node -> Ok (Done (Node.stat node)))

let read_link t names : string step =
  find t names ~follow:false @@ fun node ->
  match node.content with Link target -> Ok (Done target) | File _ | Directory _ -> Error Invalid

let answer t (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
  match request with
  | Open { names; flags } -> open_ t names flags
  | Stat_path { names; follow } -> stat t names ~follow
  | Make_directory names -> make_in t names (Directory (Node.empty ()))
  | Unlink { names; directory } -> unlink t names ~is_directory:directory
  | Rename { from; into; replace } -> rename t from into ~replace
  | Link { from; into } -> link t from into
  | Symbolic_link { target; into } -> make_in t into (Link target)
  | Read_link names -> read_link t names

let service t = Service.direct { ask = (fun request -> Mutex.protect t.mutex (fun () -> answer t request)) }
