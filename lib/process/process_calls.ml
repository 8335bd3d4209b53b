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

type event = Gone | Stopped of int | Continued

let stopped_bits = 0x7f
let continued_status = 0xffff

let event_of q ~options =
  if q.gone then Some Gone
  else
    match q.news with
    | Has_stopped signal when options land untraced <> 0 -> Some (Stopped signal)
    | Has_gone_on when options land continued <> 0 -> Some Continued
    | _ -> None

(* Told once, unless it is to be [kept]. *)
let take system q = function
  | Gone ->
      Option.iter
        (fun parent ->
          parent.children_ns <- parent.children_ns + q.ended_ns + q.children_ns;
          parent.peak_of_children <- max parent.peak_of_children (max (Memory.peak_pages q.memory) q.peak_of_children))
        q.parent;
      drop_processes system (fun other -> other == q)
  | Stopped _ | Continued -> q.news <- Nothing

let find_event p chosen ~options ~keep =
  let system = p.system in
  let mine = List.filter (fun q -> is_child p q && chosen q) system.processes in
  let event q = Option.map (fun event -> (q, event)) (event_of q ~options) in
  match List.find_map event mine with
  | Some (q, event) ->
      if not keep then take system q event;
      Some (Ok (q, event))
  | None ->
      if mine = [] then Some (Error Errno.echild) else if options land no_hang <> 0 then Some (Error 0) else None

(* The first of the chosen children that there is something to tell of. *)
let find_child p (thread : thread) chosen ~options ~keep =
  let answer = ref None in
  let look () =
    answer := locked p.system (fun () -> find_event p chosen ~options ~keep);
    Option.is_some !answer
  in
  match (Wait.until thread.sleeper [ p.children ] look, !answer) with
  | _, Some answer -> answer
  | _, None -> Error Errno.eintr

let encode_event q = function
  | Gone -> encode_status (Option.get q.status)
  | Stopped signal -> (signal lsl 8) lor stopped_bits
  | Continued -> continued_status

let wait4 p thread pid status_at options usage =
  let pid = User.int32 pid in
  if options land lnot any_options land 0xffffffff <> 0 then Errno.einval
  else
    let chosen q =
      if pid > 0 then q.pid = pid else if pid = -1 then true else if pid = 0 then q.group = p.group else q.group = -pid
    in
    match find_child p thread chosen ~options ~keep:false with
    | Error answer -> answer
    | Ok (q, event) ->
        let status = encode_event q event in
        User.ok_or_fault
          ((status_at = 0 || Memory.write_int32 p.memory status_at status)
          && (usage = 0 || User.put p usage (Usage.encode (Usage.of_ended q))))
          q.pid

let exited = 4

let child_info q : Signals.info =
  let code, value =
    match q.status with
    | Some (Exited code) -> (1, code land 255)
    | Some (Killed signal) -> (2, signal)
    | None -> (0, 0)
  in
  { signal = Signals.sigchld; code; sender = q.pid; value = Int64.of_int value; address = 0 }

let event_info q : event -> Signals.info = function
  | Gone -> child_info q
  | Stopped signal -> { (child_info q) with code = 5; value = Int64.of_int signal }
  | Continued -> { (child_info q) with code = 6; value = Int64.of_int Signals.sigcont }

let waitid p thread kind id info_at options usage_at =
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
      let put q info =
        (* The status is an int there, behind the user. *)
        let bytes = Signal_calls.encode_info info in
        User.ok_or_fault
          ((usage_at = 0 || User.put p usage_at (Usage.encode (Usage.of_ended q))) && (info_at = 0 || User.put p info_at bytes))
          0
      in
      (* Who is gone is told of only to those who ask. *)
      let is_wanted q = options land exited <> 0 || not q.gone in
      let chosen q = chosen q && is_wanted q in
      match find_child p thread chosen ~options ~keep:(options land no_wait <> 0) with
      | Error answer -> User.ok_or_fault (User.put_zeros p info_at Signal_calls.info_size) answer
      | Ok (q, event) -> put q (event_info q event))

(* Another program. *)

let largest_string = 128 * 1024

(* An array of pointers to them, and as much room as there is left for them. *)
let read_strings p at room =
  let rec go at left texts =
    match Memory.read_int p.memory at with
    | 0 -> Ok (List.rev texts, left)
    | pointer when pointer = min_int -> Error Errno.efault
    | _ when is_over p -> Error Errno.eintr
    | pointer -> (
        match Memory.read_string p.memory pointer ~most:(largest_string - 1) with
        | Error `Long -> Error Errno.e2big
        | Error `Fault -> Error Errno.efault
        | Ok text when Start.room text > left -> Error Errno.e2big
        | Ok text -> go (at + 8) (left - Start.room text) (text :: texts))
  in
  if at = 0 then Ok ([], room) else go at room []

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
  let is_alone () = locked p.system (fun () -> List.compare_length_with p.threads 1 = 0) in
  undisturbed thread [ p.children ] is_alone = Ready

let set_most p memory =
  let most = Resource_limits.soft p.rlimits in
  (* As on Linux: 0 is no limit but the hard one, for programs that set it from of old. *)
  let data =
    match Resource_limits.get p.rlimits Resource_limits.data with { soft = 0; hard } -> hard | { soft; _ } -> soft
  in
  Memory.set_most memory ~all:(most Resource_limits.address_space) ~data

let load p (thread : thread) path arguments environment =
  let ( let* ) = Result.bind in
  let* given = User.get_path p path in
  let path = Path_calls.resolve_own p given in
  let* program, arrange = Wait.steadily thread.sleeper (fun () -> Program.find p.system.programs p.namespace ~most:(Group.effective p.group_of).memory ~cwd:p.cwd path) in
  let* arguments, room = read_strings p arguments Start.largest_strings in
  let arguments = arrange arguments in
  let* environment, _ = read_strings p environment room in
  let* memory = match Memory.create p.group_of.memory with memory -> Ok memory | exception Out_of_memory -> Error Errno.enomem in
  match Result.bind (Program.executable program) (Start.load memory ~stack_size:(Resource_limits.soft p.rlimits Resource_limits.stack) ~arguments ~environment) with
  | Ok start ->
      set_most p memory;
      if Memory.keeps_limits memory then Ok (given, path, arguments, memory, start)
      else begin
        (* As on Linux, which has given the old one up by then. *)
        Memory.clear memory;
        end_process p (Killed Signals.sigsegv);
        Error Errno.enomem
      end
  | Error _ ->
      Memory.clear memory;
      Error Errno.enoexec
  | exception Out_of_memory ->
      Memory.clear memory;
      Error Errno.enomem

(* What /proc tells of them, so that nobody's memory is kept in these. *)
let most_told = 4096

let told_arguments arguments =
  let rec go left = function
    | text :: rest when String.length text < left -> text :: go (left - String.length text - 1) rest
    | _ -> []
  in
  go most_told arguments

(* Until the new memory holds the program nothing of the old one goes. False: the process ends before it begins. *)
let execve p (thread : thread) path arguments environment =
  match load p thread path arguments environment with
  | Error error -> Error error
  | Ok (given, path, arguments, memory, { pc; stack_pointer }) -> (
      match Vcpu.create (Memory.space memory) with
      | exception Out_of_memory ->
          Memory.clear memory;
          Error Errno.enomem
      | vcpu when leave_alone p thread ->
          Vcpu.set_pc vcpu pc;
          Vcpu.set_stack_pointer vcpu stack_pointer;
          let old = p.memory in
          locked p.system (fun () ->
              (* The others are gone, so it is the first now, whichever it was. *)
              thread.id <- p.pid;
              thread.vcpu <- vcpu;
              p.memory <- memory;
              p.futexes <- Futexes.create ());
          thread.clear_tid <- 0;
          p.program <- Program.whole_path ~cwd:p.cwd path;
          p.arguments <- told_arguments arguments;
          thread.name <- Some (short_name given);
          Signals.execute p.signals thread.signals;
          Lock_calls.before_closing_those p thread (Descriptors.closes_on_exec p.files);
          Descriptors.execute p.files;
          let written = Memory.written_parts old in
          Memory.clear old;
          Wait.wake p.resumed;
          Wait.asleep thread.sleeper (fun () -> Write_back.finish p.system.writing written);
          Ok ()
      | _ ->
          Memory.clear memory;
          Error Errno.eintr)
