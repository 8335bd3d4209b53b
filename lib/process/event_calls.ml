(* SPDX-License-Identifier: ISC *)

open Task

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

let cloexec = Path_calls.o_cloexec
let nonblocking = Open_file.nonblocking

(* Flags that these have in common: non-blocking, closed on exec. *)
let add p flags file = Descriptors.add p.files ~close_on_exec:(flags land cloexec <> 0) (file ~flags:(flags land nonblocking))
let has_other flags known = flags land 0xffffffff land lnot known <> 0
let one_by_one = 1

let eventfd p count flags =
  if has_other flags (cloexec lor nonblocking lor one_by_one) then Errno.einval
  else
    add p flags (fun ~flags:kept -> Eventfd.make ~flags:kept ~one_by_one:(flags land one_by_one <> 0) (count land 0xffffffff))

(* Timers. *)

let timerfd_create p clock flags =
  let clock = User.int32 clock in
  if has_other flags (cloexec lor nonblocking) then Errno.einval
  else match clock with 0 | 1 | 7 -> add p flags (fun ~flags -> Timerfd.make ~flags clock) | _ -> Errno.einval

let with_timer p descriptor f =
  Io_calls.with_file p descriptor (fun t -> match t.content with Own { kind = Timerfd.Timer t; _ } -> f t | _ -> Errno.einval)

let put_timer p at (left, interval) =
  let bytes = Bytes.create 32 in
  User.set_pair bytes 0 interval ~unit_ns:1;
  User.set_pair bytes 16 left ~unit_ns:1;
  User.put p at bytes

let absolute = 1

let timerfd_settime p descriptor flags at old =
  let interval = User.get_time p at in
  let first = User.get_time p (at + 16) in
  if interval = Errno.efault || first = Errno.efault then Errno.efault
  else if has_other flags 3 || interval < 0 || first < 0 then Errno.einval
  else
    with_timer p descriptor (fun t ->
        let due =
          if first = 0 then 0
          else max 1 (Time_calls.deadline ~clock:(Timerfd.clock t) ~absolute:(flags land absolute <> 0) first)
        in
        let before = Timerfd.set t ~due ~interval in
        User.ok_or_fault (old = 0 || put_timer p old before) 0)

let timerfd_gettime p descriptor at =
  with_timer p descriptor (fun t -> User.ok_or_fault (put_timer p at (Timerfd.get t)) 0)

(* Sets. *)

let epoll_create p flags =
  if has_other flags cloexec then Errno.einval else add p flags (fun ~flags:_ -> Epoll.make ())

let with_set p descriptor f =
  Io_calls.with_file p descriptor (fun t -> match t.content with Own { kind = Epoll.Set set; _ } -> f set | _ -> Errno.einval)

(* struct epoll_event: x86_64 has no room between its two. *)
let data_at = if Space.machine = 62 then 4 else 8
let event_size = data_at + 8

let change_set set operation fd file bytes =
  let events = Handler_call.get_u32 bytes 0 and data = Bytes.get_int64_le bytes data_at in
  match operation with
  | 1 -> Epoll.add set fd file ~events ~data
  | 2 -> Epoll.remove set fd file
  | 3 -> Epoll.modify set fd file ~events ~data
  | _ -> Errno.einval

let epoll_ctl p descriptor operation other at =
  let fd = User.int32 other and operation = User.int32 operation in
  let bytes = Bytes.make event_size '\000' in
  if operation <> 2 && not (Memory.read p.memory at bytes 0 event_size) then Errno.efault
  else
    Io_calls.with_file p descriptor (fun _ ->
        Io_calls.with_file p fd (fun file ->
            with_set p descriptor (fun set ->
                if User.int32 descriptor = fd then Errno.einval
                else
                  match Epoll.can_be_waited_for file with
                  | Error error -> error
                  | Ok () -> change_set set operation fd file bytes)))

let most_events = 1024

let epoll_wait p (thread : thread) descriptor at most deadline =
  let most = User.int32 most in
  if most <= 0 then Errno.einval
  else
    with_set p descriptor (fun set ->
        match Epoll.wait set thread.sleeper ~deadline (min most most_events) with
        | Error error -> error
        | Ok reports ->
            let count = List.length reports in
            let bytes = Bytes.make (count * event_size) '\000' in
            List.iteri
              (fun i (events, data) ->
                Handler_call.set_u32 bytes (i * event_size) events;
                Bytes.set_int64_le bytes ((i * event_size) + data_at) data)
              reports;
            User.ok_or_fault (User.put p at bytes) count)

let epoll_pwait p thread descriptor at most timeout set size =
  Poll_calls.masked p thread set size (fun () ->
      epoll_wait p thread descriptor at most (Poll_calls.deadline_ms (User.int32 timeout)))

(* Sockets: pairs only. *)

let eafnosupport = -97
let esocktnosupport = -94
let eprotonosupport = -93
let unix = 1
let stream = 1

let socketpair p domain kind protocol at =
  let kind_only = kind land lnot (cloexec lor nonblocking) in
  if has_other kind (0xf lor cloexec lor nonblocking) then Errno.einval
  else if User.int32 domain <> unix then eafnosupport
  else if kind_only <> stream then esocktnosupport
  else if User.int32 protocol <> 0 then eprotonosupport
  else
    match Socket_pair.make ~budget:p.group_of.memory ~flags:(kind land nonblocking) with
    | exception Out_of_memory -> Errno.enfile
    | first, second ->
        File_calls.two_descriptors p at (Descriptors.add_two p.files ~close_on_exec:(kind land cloexec <> 0) first second)

let with_socket p descriptor f =
  Io_calls.with_file p descriptor (fun t ->
      match t.content with Own { kind = Socket_pair.Socket socket; _ } -> f t socket | _ -> Errno.enotsock)

let dont_wait = 0x40
let no_signal = 0x4000

(* One that does not wait, unless somebody else is faster. *)
let unless_it_waits (t : Open_file.t) flags bits f =
  match t.content with
  | Own operations when flags land dont_wait <> 0 && operations.ready () land bits = 0 -> Errno.eagain
  | _ -> f ()

let whole count = if count < 0 then max_int else count

(* Whoever is at the other end has no name. *)
let put_no_address p address_at size_at =
  if address_at = 0 then 0
  else
    match Memory.read_int32 p.memory size_at with
    | size when size = min_int -> Errno.efault
    | size when User.int32 size < 0 -> Errno.einval
    | _ -> User.ok_or_fault (Memory.write_int32 p.memory size_at 0) 0

let recvfrom p (thread : thread) descriptor at count flags address_at size_at =
  if has_other flags dont_wait then Errno.eopnotsupp
  else
    with_socket p descriptor (fun t _ ->
        unless_it_waits t flags (Open_file.poll_in lor Open_file.poll_hang_up) (fun () ->
            let got = Io_calls.read_file p thread t at (whole count) Io_calls.here in
            if got < 0 then got else match put_no_address p address_at size_at with 0 -> got | error -> error))

let sendto p (thread : thread) descriptor at count flags address =
  if has_other flags (no_signal lor dont_wait) then Errno.eopnotsupp
  else if address <> 0 then Errno.eisconn
  else
    with_socket p descriptor (fun t _ ->
        (* There is room for so much. *)
        let count = if flags land dont_wait <> 0 then min (whole count) Pipe.atomic else count in
        unless_it_waits t flags (Open_file.poll_out lor Open_file.poll_error) (fun () ->
            Io_calls.write_file ~quiet:(flags land no_signal <> 0) p thread t at count Io_calls.here))

let shutdown p descriptor how =
  with_socket p descriptor (fun _ socket ->
      match User.int32 how with
      | (0 | 1 | 2) as how ->
          Socket_pair.shut_down socket ~read:(how <> 1) ~write:(how <> 0);
          0
      | _ -> Errno.einval)
