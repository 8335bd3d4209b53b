(* SPDX-License-Identifier: ISC *)

(* Servers that are fibers' computations, ended by whoever has them. *)

open Picox_check.Check
open Picos
open Picos_std_structured
open Init

let manifest ?(after = []) ?(restart = Manifest.Always) ?(health = false) name : Manifest.t =
  match Manifest.parse ~file:name ~name "program = \"/p\"\npause = 0.001\nlongest_pause = 0.004\n[namespace]\nserves = [\"s\"]" with
  | Ok t -> { t with after; restart; health = (if health then Some "s" else None); health_within = 0.1 }
  | Error _ -> assert false

type world = {
  events : string list ref;
  mutable next : int;
  live : (string, int Computation.t) Hashtbl.t;
  mutable deaf : bool;  (** nobody ends when asked to *)
  mutable healthy : bool;
  mutable missing : bool;  (** programs *)
  mutable hung : bool;
}

let world () = { events = ref []; next = 1; live = Hashtbl.create 8; deaf = false; healthy = true; missing = false; hung = false }
let say w text = w.events := text :: !(w.events)

let start w (m : Manifest.t) : (Supervisor.running, string) result =
  if w.missing then Error "no such program"
  else begin
    let computation = Computation.create () in
    Hashtbl.replace w.live m.name computation;
    say w ("start " ^ m.name);
    w.next <- w.next + 1;
    let finish status () = ignore (Computation.try_return computation status) in
    Ok
      {
        pid = w.next;
        wait = (fun () -> Computation.await computation);
        terminate = (fun () -> if not w.deaf then finish 143 ());
        kill = finish 137;
        dump = (fun out -> out m.name);
      }
  end

let finish w name status = ignore (Computation.try_return (Hashtbl.find w.live name) status)

let with_supervisor w manifests body () =
  Picos_mux_fifo.run (fun () ->
      let t = Supervisor.create ~log:(say w) ~start:(start w) ~up:(fun _ -> w.healthy) ~answers:(fun _ -> if w.hung then Computation.await (Computation.create ())) () in
      Supervisor.prepare t manifests;
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle (fun () -> Supervisor.run t);
          Supervisor.await_all t;
          body t;
          Supervisor.stop_all ~patience:0.05 t);
      List.iter (fun s -> that "nothing is left" (Supervisor.pid s = None)) (Supervisor.servers t))

let server t name = Option.get (Supervisor.find t name)

let rec until condition = if not (condition ()) then begin
  Control.sleep ~seconds:0.001;
  until condition
end

let count w text = List.length (List.filter (( = ) text) !(w.events))

let add () =
  let case name manifests body =
    let w = world () in
    test ("supervisor: " ^ name) (with_supervisor w manifests (body w))
  in
  case "starts in order"
    [ manifest ~health:true "a"; manifest ~after:[ "a" ] "b" ]
    (fun w t ->
      that "both are up" (List.for_all (fun s -> Supervisor.state s = Up) (Supervisor.servers t));
      that "in order" (List.filter (String.starts_with ~prefix:"start") (List.rev !(w.events)) = [ "start a"; "start b" ]));
  case "restarts" [ manifest "a" ] (fun w t ->
      for n = 1 to 5 do
        finish w "a" 1;
        until (fun () -> Supervisor.starts (server t "a") = n + 1 && Supervisor.state (server t "a") = Up)
      done;
      that "the status" (Supervisor.last_status (server t "a") = Some 1));
  case "kill and restart" [ manifest "a" ] (fun _ t ->
      Supervisor.kill (server t "a");
      until (fun () -> Supervisor.starts (server t "a") = 2);
      until (fun () -> Supervisor.last_status (server t "a") = Some 137));
  case "on failure only" [ manifest ~restart:On_failure "a" ] (fun w t ->
      finish w "a" 3;
      until (fun () -> Supervisor.starts (server t "a") = 2);
      until (fun () -> Supervisor.state (server t "a") = Up);
      finish w "a" 0;
      until (fun () -> Supervisor.state (server t "a") = Stopped));
  case "never" [ manifest ~restart:Never "a" ] (fun w t ->
      finish w "a" 3;
      until (fun () -> Supervisor.state (server t "a") = Failed "status 3");
      equal "starts" 1 (Supervisor.starts (server t "a")));
  case "stop and start" [ manifest "a" ] (fun _ t ->
      Supervisor.stop (server t "a");
      that "stopped" (Supervisor.state (server t "a") = Stopped);
      Supervisor.start (server t "a");
      until (fun () -> Supervisor.state (server t "a") = Up));
  (let w = world () in
   w.deaf <- true;
   test "supervisor: kills who does not end"
     (with_supervisor w [ manifest "a" ] (fun t ->
          Supervisor.stop ~patience:0.02 (server t "a");
          that "killed" (Supervisor.last_status (server t "a") = Some 137))));
  case "restarts what does not answer"
    [ { (manifest ~health:true "a") with check = Some "x"; check_every = 0.001; health_within = 0.02 } ]
    (fun w t ->
      Control.sleep ~seconds:0.05;
      equal "answered" 1 (Supervisor.starts (server t "a"));
      w.hung <- true;
      until (fun () -> Supervisor.starts (server t "a") = 2);
      w.hung <- false;
      until (fun () -> Supervisor.state (server t "a") = Up);
      that "killed" (Supervisor.last_status (server t "a") = Some 137);
      that "said so" (count w "a: does not answer within 0.02 s" = 1));
  (let w = world () in
   w.healthy <- false;
   test "supervisor: what does not come up has failed"
     (with_supervisor w
        [ manifest ~restart:Never ~health:true "a"; manifest ~after:[ "a" ] "b" ]
        (fun t ->
          that "failed" (match Supervisor.state (server t "a") with Failed _ -> true | _ -> false);
          that "nor its dependant" (Supervisor.state (server t "b") = Failed "a has failed"))));
  (* Its end never shows: so nothing is left to look after it, either. *)
  test "supervisor: what is killed and does not end keeps nobody" (fun () ->
      Picos_mux_fifo.run (fun () ->
          let log = ref [] in
          let for_ever : int Computation.t = Computation.create () in
          let running : Supervisor.running =
            { pid = 1; wait = (fun () -> Computation.await for_ever); terminate = ignore; kill = ignore; dump = (fun out -> out "") }
          in
          let t = Supervisor.create ~log:(fun text -> log := text :: !log) ~start:(fun _ -> Ok running) ~up:(fun _ -> true) () in
          Supervisor.prepare t [ manifest "a"; manifest "b" ];
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () -> Supervisor.run t);
              Supervisor.await_all t;
              (* If this waits for ever, the end comes after all: the test fails, and does not hang. *)
              Fun.protect
                ~finally:(fun () -> ignore (Computation.try_return for_ever 137))
                (fun () -> Control.terminate_after ~seconds:60. (fun () -> Supervisor.stop_all ~patience:0.01 ~last_patience:0.01 t));
              that "both are told of"
                (List.for_all (fun name -> List.mem (name ^ ": is killed, and does not end") !log) [ "a"; "b" ]))));
  let w = world () in
  w.missing <- true;
  test "supervisor: no program"
    (with_supervisor w [ manifest ~restart:Never "a" ] (fun t ->
         that "failed" (Supervisor.state (server t "a") = Failed "no such program");
         equal "nothing runs" 0 (count w "start a")))
