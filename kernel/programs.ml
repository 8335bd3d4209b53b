(* SPDX-License-Identifier: ISC *)

open Scheme
module Tender = Process.Tender
module Open_file = Process.Open_file

type t = {
  tender : Tender.t;
  log : string -> unit;
  allotment : Allotment.t;
  shells : (int, string) Hashtbl.t;
  mutex : Mutex.t;
}

let ( let* ) = Result.bind
let create ~log (allotment : Allotment.t) =
  {
    tender = Tender.create ~log ~limits:allotment.all ();
    log;
    allotment;
    shells = Hashtbl.create 16;
    mutex = Mutex.create ();
  }

let running t = Mutex.protect t.mutex (fun () -> List.of_seq (Hashtbl.to_seq t.shells))
let statistics t = Tender.statistics t.tender
let signal t number n = Tender.signal t.tender number n
let new_number t = Tender.new_number t.tender
let used t = Tender.used t.tender
let limits t = t.allotment.all
let mapped t = Tender.mapped t.tender

(* The system goes on to its end, whatever has failed. *)
let close t = try Tender.close t.tender with exn -> t.log ("the tender: " ^ Printexc.to_string exn)
let sigterm = 15
let sigkill = 9

let spawn t ~files ?environment ?cwd ?programs ~limits ~namespace path ~arguments =
  match Tender.spawn t.tender ~files ?environment ?cwd ?programs ~limits ~namespace path ~arguments with
  | result -> result
  | exception exn -> (
      let bt = Printexc.get_raw_backtrace () in
      List.iter (fun (_, file) -> Open_file.release file) files;
      match exn with
      | Out_of_memory -> Error "no memory left"
      | Failure why -> Error why
      | _ -> Printexc.raise_with_backtrace exn bt)

(* For shells *)

let rec copies descriptors =
  match descriptors with
  | [] -> Ok []
  | (number, handle) :: rest -> (
      let* copy = Handle.dup handle in
      match copies rest with
      | Ok files -> Ok ((number, Open_file.of_handle copy) :: files)
      | Error _ as error ->
          Handle.close copy;
          error)

let run t (p : Shell.Process.t) path =
  let files = Shell.Process.check p p.name (copies [ (0, p.input); (1, p.output); (2, p.error) ]) in
  let environment = List.map (fun (name, value) -> name ^ "=" ^ value) p.variables in
  match spawn t ~files ~environment ~cwd:p.cwd ~limits:t.allotment.tree ~namespace:p.namespace path ~arguments:(p.name :: p.arguments) with
  | Error why -> Shell.Process.fail p ~status:126 why
  | Ok process ->
      let pid = Tender.pid process in
      Mutex.protect t.mutex (fun () -> Hashtbl.replace t.shells pid (String.concat " " (p.name :: p.arguments)));
      let gone () = Mutex.protect t.mutex (fun () -> Hashtbl.remove t.shells pid) in
      let status =
        match Tender.wait process with
        | status -> status
        | exception exn ->
            (* The command is killed, and so is the process, with all that it has forked: nobody else would end those. *)
            let backtrace = Printexc.get_raw_backtrace () in
            Tender.kill process sigkill;
            Tender.end_tree process;
            Picos.Fiber.forbid (Picos.Fiber.current ()) (fun () -> ignore (Tender.wait process));
            gone ();
            Printexc.raise_with_backtrace exn backtrace
      in
      gone ();
      (* Who is killed does not leave anything behind that would go on, a bomb of forks least of all. *)
      (match status with Killed _ -> Tender.end_tree process | Exited _ -> ());
      Tender.exit_code status

let is_program (p : Shell.Process.t) path =
  match Namespace.stat p.namespace ~cwd:p.cwd path with Ok { kind = File; _ } -> true | Ok _ | Error _ -> false

let starts_as_program (p : Shell.Process.t) path =
  match Namespace.open_ p.namespace ~cwd:p.cwd path with
  | Error _ -> false
  | Ok handle -> (
      Handle.using handle @@ fun handle ->
      let front = Slice.create 4 in
      match Handle.read handle front with
      | Ok n when n >= 2 ->
          let text = Slice.to_string (Slice.sub front 0 n) in
          text = "\127ELF" || String.sub text 0 2 = "#!"
      | Ok _ | Error _ -> false)

let find t (p : Shell.Process.t) name =
  let path =
    if String.contains name '/' then if is_program p name then Some name else None
    else
      Option.value (List.assoc_opt "PATH" p.variables) ~default:"/bin"
      |> String.split_on_char ':'
      |> List.map (fun folder -> folder ^ "/" ^ name)
      |> List.find_opt (is_program p)
  in
  match path with
  | Some path when starts_as_program p path -> Some (fun p -> run t p path)
  | Some _ | None -> None

(* For init *)

(* What is written, by lines. *)
let log_file log =
  let rest = Buffer.create 80 in
  let mutex = Mutex.create () in
  let write from =
    let text = Loan.use from Slice.to_string in
    Mutex.protect mutex (fun () ->
        String.iter
          (fun c ->
            if c = '\n' || Buffer.length rest >= 1000 then begin
              log (Buffer.contents rest);
              Buffer.clear rest
            end;
            if c <> '\n' then Buffer.add_char rest c)
          text);
    Ok (String.length text)
  in
  Scheme_standard.Tree.stream ~write ()

let open_streams log =
  let text result = Result.map_error Error.to_string result in
  let* input = text (Handle.make ~write:false (Scheme_standard.Tree.text_file "")) in
  match text (Handle.make ~read:false (log_file log)) with
  | Error _ as error ->
      Handle.close input;
      error
  | Ok output ->
      let output = Open_file.of_handle output in
      Ok [ (0, Open_file.of_handle input); (1, output); (2, Open_file.share output) ]

let limits_of t (m : Init.Manifest.t) : Process.Limits.t =
  let { Process.Limits.memory; handles; tasks; cpu; weight } = t.allotment.tree in
  {
    memory = Option.value m.memory ~default:memory;
    handles = Option.value m.handles ~default:handles;
    tasks = Option.value m.tasks ~default:tasks;
    cpu = Option.value m.cpu ~default:cpu;
    weight = Option.value m.weight ~default:weight;
  }

(* What a server has forked ends with it, so that all it had is free for the next one. *)
let wait_for_server process =
  let status = Tender.wait process in
  Tender.end_tree process;
  Tender.wait_for_tree process;
  Tender.exit_code status

let start t ~all ~namespace ~log (m : Init.Manifest.t) =
  let* files = open_streams (fun line -> log (m.name ^ ": " ^ line)) in
  let environment = List.map (fun (name, value) -> name ^ "=" ^ value) m.environment in
  let* process = spawn t ~files ~environment ~programs:all ~limits:(limits_of t m) ~namespace m.program ~arguments:(Filename.basename m.program :: m.arguments) in
  Ok
    {
      Init.Supervisor.pid = Tender.pid process;
      wait = (fun () -> wait_for_server process);
      terminate = (fun () -> Tender.kill process sigterm);
      kill = (fun () -> Tender.kill process sigkill);
      dump = Tender.dump process;
    }
