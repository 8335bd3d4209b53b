(* SPDX-License-Identifier: ISC *)

open Task

(* Children. *)

let no_hang = 1
let untraced = 2
let continued = 8
let no_wait = 0x01000000
let any_options = no_hang lor untraced lor continued lor 0xe0000000
let encode_status = function Exited code -> (code land 255) lsl 8 | Killed signal -> signal
let is_child p q = match q.parent with Some parent -> parent == p | None -> false

(* The first of the chosen children that is gone; it is taken unless [keep]. *)
let find_child p (thread : thread) chosen ~hang ~keep =
  let system = p.system in
  let answer = ref None in
  let look () =
    locked system (fun () ->
        let mine = List.filter (fun q -> is_child p q && chosen q) system.processes in
        match List.find_opt (fun q -> q.gone) mine with
        | Some q ->
            if not keep then system.processes <- List.filter (fun other -> other != q) system.processes;
            answer := Some (Ok q)
        | None -> if mine = [] then answer := Some (Error Errno.echild) else if not hang then answer := Some (Error 0));
    !answer <> None
  in
  match (Wait.until thread.sleeper [ p.children ] look, !answer) with
  | _, Some answer -> answer
  | _, None -> Error Errno.eintr

let wait4 p thread pid status_at options usage =
  let pid = User.int32 pid in
  if options land lnot any_options land 0xffffffff <> 0 then Errno.einval
  else
    let chosen q =
      if pid > 0 then q.pid = pid else if pid = -1 then true else if pid = 0 then q.group = p.group else q.group = -pid
    in
    match find_child p thread chosen ~hang:(options land no_hang = 0) ~keep:false with
    | Error answer -> answer
    | Ok q ->
        let status = encode_status (Option.get q.status) in
        User.ok_or_fault
          ((status_at = 0 || Memory.write_int32 p.memory status_at status) && (usage = 0 || User.put_zeros p usage 144))
          q.pid

let exited = 4

let child_info q : Signals.info =
  match Option.get q.status with
  | Exited code -> { signal = Signals.sigchld; code = 1; sender = q.pid; value = Int64.of_int (code land 255); address = 0 }
  | Killed signal -> { signal = Signals.sigchld; code = 2; sender = q.pid; value = Int64.of_int signal; address = 0 }

let waitid p thread kind id info_at options =
  let id = User.int32 id in
  let chosen =
    match User.int32 kind with
    | 0 -> Some (fun _ -> true)
    | 1 when id > 0 -> Some (fun q -> q.pid = id)
    | 2 when id >= 0 -> Some (fun q -> q.group = if id = 0 then p.group else id)
    | _ -> None
  in
  let known = exited lor untraced lor continued lor no_hang lor no_wait lor 0xe0000000 in
  match chosen with
  | None -> Errno.einval
  | Some _ when options land lnot known land 0xffffffff <> 0 || options land (exited lor untraced lor continued) = 0 ->
      Errno.einval
  | Some chosen -> (
      let put info =
        (* The status is an int there, behind the user. *)
        let bytes = Signal_calls.encode_info info in
        User.ok_or_fault (info_at = 0 || User.put p info_at bytes) 0
      in
      match find_child p thread chosen ~hang:(options land no_hang = 0) ~keep:(options land no_wait <> 0) with
      | Error 0 -> User.ok_or_fault (User.put_zeros p info_at Signal_calls.info_size) 0
      | Error answer -> answer
      | Ok q -> put (child_info q))

(* Another program. *)

let largest_strings = 128 * 1024

let read_strings p at =
  let rec go at left =
    match Memory.read_int p.memory at with
    | 0 -> Ok []
    | pointer when pointer = min_int -> Error Errno.efault
    | pointer -> (
        match Memory.read_string p.memory pointer ~most:left with
        | Error `Long -> Error Errno.e2big
        | Error `Fault -> Error Errno.efault
        | Ok text when String.length text + 9 > left -> Error Errno.e2big
        | Ok text -> Result.map (fun rest -> text :: rest) (go (at + 8) (left - String.length text - 9)))
  in
  if at = 0 then Ok [] else go at largest_strings

(* The others end before the program does; who comes second gives way. *)
let leave_alone p (thread : thread) =
  let others =
    locked p.system (fun () ->
        if thread.leaving then []
        else
          let others = List.filter (fun other -> other != thread) p.threads in
          List.iter (fun (other : thread) -> other.leaving <- true) others;
          others)
  in
  List.iter rouse_for_good others;
  (* No signal keeps it from waiting for them. *)
  let mask = thread.signals.mask in
  thread.signals.mask <- -1L;
  let alone =
   Wait.until thread.sleeper [ p.children ] (fun () -> locked p.system (fun () -> List.compare_length_with p.threads 1 = 0))
    = Ready
  in
  thread.signals.mask <- mask;
  alone

let load p (thread : thread) path arguments environment =
  let ( let* ) = Result.bind in
  let* path = Result.map (Path_calls.resolve_own p) (User.get_path p path) in
  let* arguments = read_strings p arguments in
  let* environment = read_strings p environment in
  let* program, arguments =
    Wait.steadily thread.sleeper (fun () -> Program.find p.namespace ~cwd:p.cwd path arguments)
  in
  let* memory = match Memory.create () with memory -> Ok memory | exception Out_of_memory -> Error Errno.enomem in
  match Start.load memory program ~arguments ~environment with
  | Ok start -> Ok (path, memory, start)
  | Error _ ->
      Memory.clear memory;
      Error Errno.enoexec
  | exception Out_of_memory ->
      Memory.clear memory;
      Error Errno.enomem

(* Until the new memory holds the program nothing of the old one goes. False: the process ends before it begins. *)
let execve p (thread : thread) path arguments environment =
  match load p thread path arguments environment with
  | Error error -> Error error
  | Ok (path, memory, { pc; stack_pointer }) -> (
      match Vcpu.create (Memory.space memory) with
      | exception Out_of_memory ->
          Memory.clear memory;
          Error Errno.enomem
      | vcpu when leave_alone p thread ->
          Vcpu.set_pc vcpu pc;
          Vcpu.set_stack_pointer vcpu stack_pointer;
          let old = p.memory in
          locked p.system (fun () ->
              thread.vcpu <- vcpu;
              p.memory <- memory;
              p.futexes <- Futexes.create ());
          thread.clear_tid <- 0;
          p.program <- Program.whole_path ~cwd:p.cwd path;
          Signals.execute p.signals thread.signals;
          Descriptors.execute p.files;
          Memory.write_back_all old;
          Memory.clear old;
          Ok ()
      | _ ->
          Memory.clear memory;
          Error Errno.eintr)
