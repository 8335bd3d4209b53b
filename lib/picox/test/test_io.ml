(* SPDX-License-Identifier: ISC *)

(* The laws of picos_io: Unix for fibers. What the machine has not (sockets, processes: the bare one) is not tried. *)

open Picos
open Picos_std_structured
open Picos_std_event
open Picox_check.Check
open Picos_io

let law name body =
  test (name ^ ", fifo") (fun () -> Picos_mux_fifo.run body);
  test (name ^ ", 3 domains") (fun () -> Picos_mux_multififo.run_on ~heartbeat_delay:0.001 ~n_domains:3 body);
  test (name ^ ", threads") (fun () -> Picos_mux_thread.run body)

let with_pair (a, b) body = Fun.protect ~finally:(fun () -> Unix.close_pair (a, b)) (fun () -> body a b)

let both_nonblocking a b =
  Unix.set_nonblock a;
  Unix.set_nonblock b

let read_all fd n =
  let bytes = Bytes.create n in
  let rec from at =
    if at < n then
      match Unix.read fd bytes at (n - at) with 0 -> failwith "the end" | got -> from (at + got)
  in
  from 0;
  Bytes.to_string bytes

let rec until holds =
  if not (holds ()) then begin
    Fiber.sleep ~seconds:0.0005;
    until holds
  end

let users fd =
  Seq.fold_left
    (fun count (info : Picos_io_fd.info) ->
      if info.resource = Picos_io_fd.unsafe_get fd then info.count - 1 else count)
    0 (Picos_io_fd.infos ())

(* Much more than a pipe holds goes through, while a third fiber goes on. *)
let through name prepare pair =
  law ("io: bytes through " ^ name) (fun () ->
      with_pair (pair ()) (fun reads writes ->
          prepare reads writes;
          let n = scaled 500_000 in
          let sent = String.init n (fun i -> Char.chr (i * 7 mod 251)) and beside = Atomic.make 0 in
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () -> equal "written" n (Unix.write_substring writes sent 0 n));
              let other =
                Bundle.fork_as_promise bundle (fun () ->
                    while true do
                      Fiber.sleep ~seconds:0.0005;
                      Atomic.incr beside
                    done)
              in
              until (fun () -> Atomic.get beside > 0);
              that "the same" (read_all reads n = sent);
              Promise.terminate other)))

let pipes () =
  through "a pipe" (fun _ _ -> ()) (fun () -> Unix.pipe ~cloexec:true ());
  through "a non-blocking pipe" both_nonblocking (fun () -> Unix.pipe ~cloexec:true ());
  law "io: a reader waits without a thread, and can be canceled" (fun () ->
      with_pair (Unix.pipe ()) (fun reads writes ->
          Bundle.join_after (fun bundle ->
              let waits = Bundle.fork_as_promise bundle (fun () -> Unix.read reads (Bytes.create 1) 0 1) in
              until (fun () -> users reads > 0);
              that "waits" (Promise.is_running waits);
              Promise.terminate waits;
              raises "terminated" (( = ) Control.Terminate) (fun () -> Promise.await waits));
          equal "one" 1 (Unix.write_substring writes "x" 0 1);
          that "is still there" (read_all reads 1 = "x")));
  law "io: a descriptor stays open while it is used" (fun () ->
      let reads, writes = Unix.pipe () in
      Bundle.join_after (fun bundle ->
          let waits = Bundle.fork_as_promise bundle (fun () -> Unix.read reads (Bytes.create 1) 0 1) in
          until (fun () -> users reads > 0);
          Unix.close reads;
          raises "no new one" (( = ) (Unix.Unix_error (EBADF, "read", ""))) (fun () ->
              Unix.read reads (Bytes.create 1) 0 1);
          equal "written" 1 (Unix.write_substring writes "x" 0 1);
          equal "read" 1 (Promise.await waits));
      Unix.close writes;
      raises "closed" (( = ) (Unix.Unix_error (EBADF, "close", ""))) (fun () -> Unix.close writes));
  law "io: the end of a pipe" (fun () ->
      let reads, writes = Unix.pipe () in
      Bundle.join_after (fun bundle ->
          let waits = Bundle.fork_as_promise bundle (fun () -> Unix.read reads (Bytes.create 1) 0 1) in
          Fiber.sleep ~seconds:0.002;
          Unix.close writes;
          equal "nothing" 0 (Promise.await waits));
      Unix.close reads);
  law "io: write looks at its bounds first" (fun () ->
      with_pair (Unix.pipe ()) (fun _ writes ->
          raises "bounds" is_invalid (fun () -> Unix.write_substring writes "abc" 1 3);
          equal "nothing" 0 (Unix.write_substring writes "abc" 3 0)))

let events () =
  law "io: events of descriptors and times" (fun () ->
      with_pair (Unix.pipe ()) (fun one write_one ->
          with_pair (Unix.pipe ()) (fun two _ ->
              let first seconds =
                Event.select
                  [
                    Event.map (fun () -> 1) (Picos_io_select.on one `R);
                    Event.map (fun () -> 2) (Picos_io_select.on two `R);
                    Event.map (fun () -> 0) (Picos_io_select.timeout ~seconds);
                  ]
              in
              equal "time" 0 (first 0.002);
              equal "written" 1 (Unix.write_substring write_one "x" 0 1);
              equal "descriptor" 1 (first 100.0);
              (* It goes when the event happens, perhaps after this fiber does. *)
              while Picox_timers.pending () > 0 do Fiber.yield () done)));
  law "io: select" (fun () ->
      with_pair (Unix.pipe ()) (fun reads writes ->
          that "at once" (Unix.select [ reads ] [] [] 0.0 = ([], [], []));
          let before = Picox_timers.now_ns () in
          that "in time" (Unix.select [ reads ] [] [] 0.01 = ([], [], []));
          that "not early" (Picox_timers.now_ns () - before >= 10_000_000);
          that "writable" (Unix.select [ reads ] [ writes ] [] (-1.0) = ([], [ writes ], []));
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () ->
                  Fiber.sleep ~seconds:0.002;
                  ignore (Unix.write_substring writes "x" 0 1));
              that "readable" (Unix.select [ reads ] [] [] (-1.0) = ([ reads ], [], [])))));
  law "io: what cannot be waited for is told" (fun () ->
      let reads, writes = Unix.pipe () in
      Unix.close writes;
      Unix.close reads;
      let c = Computation.create () in
      Picos_io_select.return_on c reads `R ();
      that "canceled" (match Computation.canceled c with Some (Unix.Unix_error (EBADF, _, _), _) -> true | _ -> false);
      (* One that is closed behind our back, and one that is not. In the midst of a select it counts as ready. *)
      with_pair (Unix.pipe ()) (fun good into_good ->
          let raw, raw_writes = Unix_raw.pipe () in
          let bad = Computation.create () and fine = Computation.create () in
          Picox_timers.return_on raw `R bad ();
          Unix_raw.close raw;
          Picos_io_select.return_on fine good `R ();
          (match Computation.await bad with () | (exception Unix.Unix_error (EBADF, _, _)) -> ());
          Unix_raw.close raw_writes;
          ignore (Unix.write_substring into_good "x" 0 1);
          Computation.await fine))

let files () =
  law "io: files, as Unix has them" (fun () ->
      let name = Filename.temp_file "picox" ".test" in
      let fd = Unix.openfile name [ O_RDWR; O_TRUNC ] 0o600 in
      let n = 100_000 in
      equal "written" n (Unix.write fd (Bytes.make n 'a') 0 n);
      equal "size" n (Unix.fstat fd).st_size;
      equal "back" 1 (Unix.lseek fd 1 SEEK_SET);
      that "read" (read_all fd 3 = "aaa");
      equal "position" 4 (Unix.lseek fd 0 SEEK_CUR);
      Unix.ftruncate fd 10;
      that "64 bits" (Unix.LargeFile.lseek fd 0L SEEK_END = 10L);
      let again = Unix.dup fd in
      Unix.close fd;
      equal "of the other" 10 (Unix.fstat again).st_size;
      Unix.close again;
      Unix.unlink name;
      raises "missing" (( = ) (Unix.Unix_error (ENOENT, "open", name))) (fun () -> Unix.openfile name [ O_RDONLY ] 0));
  law "io: sleeping" (fun () ->
      let before = Picox_timers.now_ns () in
      Unix.sleepf 0.003;
      that "not early" (Picox_timers.now_ns () - before >= 3_000_000);
      raises "negative" (( = ) (Unix.Unix_error (EINVAL, "sleep", ""))) (fun () -> Unix.sleepf (-1.0)))

let has_sockets =
  lazy
    (match Unix_raw.socketpair PF_UNIX SOCK_STREAM 0 with
    | a, b ->
        Unix_raw.close a;
        Unix_raw.close b;
        true
    | exception Unix.Unix_error _ -> false)

let sockets () =
  through "a socket" (fun _ _ -> ()) (fun () -> Unix.socketpair ~cloexec:true PF_UNIX SOCK_STREAM 0);
  through "a non-blocking socket" both_nonblocking (fun () -> Unix.socketpair PF_UNIX SOCK_STREAM 0);
  law "io: accept and connect" (fun () ->
      let listener = Unix.socket ~cloexec:true PF_INET SOCK_STREAM 0 in
      Unix.bind listener (ADDR_INET (Unix.inet_addr_loopback, 0));
      Unix.listen listener 8;
      let address = Unix.getsockname listener and clients = 4 in
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle (fun () ->
              for _ = 1 to clients do
                let fd, _ = Unix.accept ~cloexec:true listener in
                Bundle.fork bundle (fun () ->
                    let question = read_all fd 5 in
                    ignore (Unix.write_substring fd (String.uppercase_ascii question) 0 5);
                    Unix.close fd)
              done);
          Fiber.sleep ~seconds:0.002;
          for _ = 1 to clients do
            Bundle.fork bundle (fun () ->
                let fd = Unix.socket PF_INET SOCK_STREAM 0 in
                Unix.connect fd address;
                equal "sent" 5 (Unix.send_substring fd "hello" 0 5 []);
                that "answer" (read_all fd 5 = "HELLO");
                Unix.close fd)
          done);
      Unix.close listener;
      let fd = Unix.socket PF_INET SOCK_STREAM 0 in
      raises "refused" (( = ) (Unix.Unix_error (ECONNREFUSED, "connect", ""))) (fun () -> Unix.connect fd address);
      Unix.close fd);
  law "io: datagrams" (fun () ->
      let one () =
        let fd = Unix.socket PF_INET SOCK_DGRAM 0 in
        Unix.bind fd (ADDR_INET (Unix.inet_addr_loopback, 0));
        fd
      in
      with_pair (one (), one ()) (fun a b ->
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () ->
                  let bytes = Bytes.create 10 in
                  let n, from = Unix.recvfrom b bytes 0 10 [] in
                  that "text" (Bytes.sub_string bytes 0 n = "abc");
                  that "from" (from = Unix.getsockname a));
              Fiber.sleep ~seconds:0.002;
              equal "sent" 3 (Unix.sendto_substring a "abc" 0 3 [] (Unix.getsockname b)))))

let has_processes = lazy (Sys.file_exists "/bin/sh")

let processes () =
  law "io: processes" (fun () ->
      that "status" (Unix.system "exit 7" = WEXITED 7);
      (* The process ends when another fiber lets it. *)
      with_pair (Unix.pipe ~cloexec:true ()) (fun reads writes ->
          let pid = Unix.create_process "/bin/sh" [| "sh"; "-c"; "read line" |] reads Unix.stdout Unix.stderr in
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () -> that "ended" (Unix.waitpid [] pid = (pid, WEXITED 0)));
              Fiber.sleep ~seconds:0.002;
              that "runs" (Unix.waitpid [ WNOHANG ] pid = (0, WEXITED 0));
              ignore (Unix.write_substring writes "\n" 0 1)));
      let several = List.init 5 (fun i -> (i, Unix.create_process "/bin/sh" [| "sh"; "-c"; Printf.sprintf "exit %d" i |])) in
      Bundle.join_after (fun bundle ->
          List.iter
            (fun (i, start) ->
              Bundle.fork bundle (fun () ->
                  let pid = start Unix.stdin Unix.stdout Unix.stderr in
                  that "each" (Unix.waitpid [] pid = (pid, WEXITED i))))
            several);
      raises "none is left" (( = ) (Unix.Unix_error (ECHILD, "waitpid", ""))) (fun () -> Unix.wait ()));
  law "io: a wait for a process can be canceled" (fun () ->
      let pid = Unix.create_process "/bin/sleep" [| "sleep"; "100" |] Unix.stdin Unix.stdout Unix.stderr in
      raises "in time" (( = ) Control.Terminate) (fun () ->
          Control.terminate_after ~seconds:0.01 (fun () -> Unix.waitpid [] pid));
      Unix.kill pid Sys.sigkill;
      that "ended" (Unix.waitpid [] pid = (pid, WSIGNALED Sys.sigkill)))

let interrupts () =
  test "io: a system call is interrupted" (fun () ->
      let raw, writes = Unix_raw.pipe () in
      for _ = 1 to scaled 200 do
        let request = Picos_io_select.Intr.req ~seconds:0.0001 in
        (match Unix_raw.read raw (Bytes.create 1) 0 1 with
        | _ -> failwith "read"
        | exception Unix.Unix_error (EINTR, _, _) -> ());
        Picos_io_select.Intr.clr request
      done;
      Picos_io_select.Intr.clr Picos_io_select.Intr.nothing;
      Unix_raw.close raw;
      Unix_raw.close writes)

let leaks () =
  test "io: nothing stays open" (fun () ->
      let standard = 3 in
      equal "counted" standard (Seq.fold_left (fun n _ -> n + 1) 0 (Picos_io_fd.infos ())))

let add () =
  pipes ();
  events ();
  files ();
  if Lazy.force has_sockets then sockets ();
  if Lazy.force has_processes then processes ();
  interrupts ();
  leaks ()

