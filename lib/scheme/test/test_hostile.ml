(* SPDX-License-Identifier: ISC *)

(* Requests at random, with numbers at the edges, to every scheme: none raises, and in the end nothing is left open or
   taken. A scheme that is served directly and raises answers [Server_gone], so that answer is a failure here. *)

open Picos_std_structured
open Picox_check.Check
open Scheme
open Scheme_standard

type world = { namespace : Namespace.t; handles : Budget.t; bytes : Budget.t; random : Random.State.t }

let world seed =
  let bytes = Budget.create (1 lsl 20) and handles = Budget.create 64 in
  let texts = { System.uname = (fun () -> "x\n"); cpu = (fun () -> ""); memory = System.heap; fibers = (fun () -> "") } in
  let schemes =
    [
      ("file", Scheme_tmpfs.service (Scheme_tmpfs.create ~budget:bytes ()));
      ("null", Null.null);
      ("zero", Null.zero);
      ("rand", Null.rand ~source:(fun bytes -> Bytes.fill bytes 0 (Bytes.length bytes) 'r') ());
      ("time", Time.service ());
      ("log", Log.service (Log.create ~most:1000 ()));
      ("memory", Memory.service bytes);
      ("pipe", Pipe.scheme ~budget:bytes ());
      ("event", Events.service ());
      ("sys", System.service texts);
    ]
  in
  let namespace = List.fold_left (fun t (name, service) -> Namespace.add t name service) Namespace.empty schemes in
  { namespace = Namespace.with_budget namespace handles; handles; bytes; random = Random.State.make [| seed |] }

let int w n = Random.State.int w.random n
let pick w choices = choices.(int w (Array.length choices))
let number w = pick w [| 0; 1; 2; 4095; 4096; 4097; 65536; 1 lsl 20; 1 lsl 40; 1 lsl 50; max_int - 1; max_int; -1; min_int; int w 10_000 |]

let path w =
  let name () = pick w [| "a"; "b"; "new"; "used"; "follow"; "after"; "0.001"; "x"; ".."; "."; ""; "uname" |] in
  let scheme = pick w [| "file"; "null"; "zero"; "rand"; "time"; "log"; "memory"; "pipe"; "event"; "sys"; "none" |] in
  String.concat "/" (("/scheme/" ^ scheme) :: List.init (int w 3) (fun _ -> name ()))

let flags w : Request.flags =
  let flip () = Random.State.bool w.random in
  {
    read = flip ();
    write = flip ();
    append = flip ();
    creation = pick w [| Request.Never; If_missing; Always_new |];
    truncate = flip ();
    directory = int w 5 = 0;
    follow = flip ();
  }

(* Of all kinds of slices. *)
let slice w =
  match int w 4 with
  | 0 -> Slice.empty
  | 1 -> Slice.sub (Slice.create 100) (int w 50) (int w 50)
  | _ -> Slice.create (pick w [| 1; 31; 32; 4096; 5000; 70_000 |])

let is_wrong : type a. (a, Error.t) result -> bool = function Error Server_gone -> true | _ -> false

(* What may wait for ever is canceled after a few turns. *)
let shortly f =
  Bundle.join_after (fun bundle ->
      let promise = Bundle.fork_as_promise bundle f in
      for _ = 1 to 4 do
        Picos.Fiber.yield ()
      done;
      Promise.terminate promise;
      match Promise.await promise with wrong -> wrong | exception Control.Terminate -> false)

let ask w handle others =
  let loan () = Loan.lend (slice w) in
  let place () = match int w 3 with 0 -> Request.Stream | 1 -> End | _ -> At (number w) in
  let wrong request = shortly (fun () -> is_wrong (Handle.request handle request)) in
  match int w 12 with
  | 0 -> wrong (Read { at = place (); into = loan () })
  | 1 -> wrong (Write { at = place (); from = Loan.lend (Slice.read_only (slice w)) })
  | 2 -> shortly (fun () -> is_wrong (Handle.read handle (slice w)))
  | 3 -> shortly (fun () -> is_wrong (Handle.write handle (slice w)))
  | 4 -> wrong Stat
  | 5 -> wrong (List { from = number w; most = number w })
  | 6 -> wrong (Truncate (number w))
  | 7 -> wrong (Set_times { accessed_ns = Some (number w); modified_ns = None })
  | 8 -> wrong (Map { offset = number w; length = min (number w) (1 lsl 21); write = Random.State.bool w.random })
  | 9 -> wrong (Event { readable = Random.State.bool w.random; writable = Random.State.bool w.random; wait = Random.State.bool w.random })
  | 10 ->
      let handles =
        match others with
        | other :: _ when int w 2 = 0 -> ( match Handle.dup other with Ok handle -> [ handle ] | Error _ -> [])
        | _ -> []
      in
      let text = pick w [| ""; "writer"; "add 1 r"; "add 1 rw"; "add 99999999999999999999 r"; "remove 1"; "\000" |] in
      shortly (fun () ->
          match Handle.call handle { text; handles } with
          | Ok { handles; _ } ->
              List.iter Handle.close handles;
              false
          | result -> is_wrong result)
  | _ -> shortly (fun () -> is_wrong (Handle.seek handle (pick w [| Handle.Start; Here; From_end |]) (number w)))

let by_path w =
  let t = w.namespace and a = path w and b = path w in
  match int w 8 with
  | 0 -> is_wrong (Namespace.make_directory t a)
  | 1 -> is_wrong (Namespace.unlink t a)
  | 2 -> is_wrong (Namespace.remove_directory t a)
  | 3 -> is_wrong (Namespace.rename t ~replace:(Random.State.bool w.random) a b)
  | 4 -> is_wrong (Namespace.link t a b)
  | 5 -> is_wrong (Namespace.symbolic_link t ~target:(pick w [| a; ".."; "a"; "//"; "/scheme" |]) b)
  | 6 -> is_wrong (Namespace.read_link t a)
  | _ -> is_wrong (Namespace.stat t ~follow:(Random.State.bool w.random) a)

let round seed =
  let w = world seed in
  let opened = ref [] in
  let fail what = Printf.ksprintf failwith "seed %d: a scheme raises: %s" seed what in
  for _ = 1 to 200 do
    (match int w 4 with
    | 0 -> (
        let path = path w in
        match Namespace.open_ w.namespace ~flags:(flags w) path with
        | Ok handle -> opened := (path, handle) :: !opened
        | Error Server_gone -> fail ("open " ^ path)
        | Error _ -> ())
    | 1 -> if by_path w then fail "by path"
    | _ -> (
        match !opened with
        | [] -> ()
        | all ->
            let path, handle = List.nth all (int w (List.length all)) in
            if ask w handle (List.map snd all) then fail path));
    if List.length !opened > 10 then begin
      let path, handle = List.nth !opened (int w 10) in
      ignore path;
      Handle.close handle;
      opened := List.filter (fun (_, other) -> other != handle) !opened
    end
  done;
  List.iter (fun (_, handle) -> Handle.close handle) !opened;
  (* The fibers that watched for a set of events end in the next turns. *)
  for _ = 1 to 4 do
    Picos.Fiber.yield ()
  done;
  equal (Printf.sprintf "open handles after seed %d" seed) 0 (Budget.used w.handles)

let add () =
  test "hostile: random requests make no scheme raise, and leave nothing open" (fun () ->
      for seed = 1 to scaled 300 do
        Picos_mux_fifo.run (fun () -> round seed)
      done)
