(* SPDX-License-Identifier: ISC
   Queues, hash tables and computations by qcheck-stm: random programs, run by two domains at once, whose answers must be
   those of some sequential order of a model. *)

open QCheck
open STM

module Queue = struct
  module Q = Picos_aux_mpmcq

  type sut = int Q.t
  type state = int list
  type cmd = Push of int | Push_head of int | Pop | Is_empty

  let show_cmd = function
    | Push i -> Printf.sprintf "push %d" i
    | Push_head i -> Printf.sprintf "push_head %d" i
    | Pop -> "pop"
    | Is_empty -> "is_empty"

  let arb_cmd _ =
    let number = Gen.int_bound 9 in
    make ~print:show_cmd
      (Gen.oneof
         [
           Gen.map (fun i -> Push i) number; Gen.map (fun i -> Push_head i) number; Gen.return Pop; Gen.return Is_empty;
         ])

  let init_state = []
  let init_sut () = Q.create ()
  let cleanup _ = ()

  let next_state cmd state =
    match cmd with
    | Push i -> state @ [ i ]
    | Push_head i -> i :: state
    | Pop -> ( match state with [] -> [] | _ :: rest -> rest)
    | Is_empty -> state

  let precond _ _ = true

  let run cmd q =
    match cmd with
    | Push i -> Res (unit, Q.push q i)
    | Push_head i -> Res (unit, Q.push_head q i)
    | Pop -> Res (option int, match Q.pop_exn q with i -> Some i | exception Q.Empty -> None)
    | Is_empty -> Res (bool, Q.is_empty q)

  let postcond cmd (state : state) res =
    let first : int option = match state with [] -> None | i :: _ -> Some i in
    match (cmd, res) with
    | (Push _ | Push_head _), Res ((Unit, _), ()) -> true
    | Pop, Res ((Option Int, _), got) -> got = first
    | Is_empty, Res ((Bool, _), empty) -> empty = (state = [])
    | _ -> false
end

module Table = struct
  module H = Picos_aux_htbl

  type sut = (int, int) H.t
  type state = (int * int) list
  type cmd = Add of int * int | Remove of int | Find of int | Mem of int

  let show_cmd = function
    | Add (k, v) -> Printf.sprintf "add %d %d" k v
    | Remove k -> Printf.sprintf "remove %d" k
    | Find k -> Printf.sprintf "find %d" k
    | Mem k -> Printf.sprintf "mem %d" k

  let arb_cmd _ =
    let key = Gen.int_bound 4 in
    make ~print:show_cmd
      (Gen.oneof
         [
           Gen.map2 (fun k v -> Add (k, v)) key (Gen.int_bound 9);
           Gen.map (fun k -> Remove k) key;
           Gen.map (fun k -> Find k) key;
           Gen.map (fun k -> Mem k) key;
         ])

  let init_state = []
  let init_sut () = H.create ()
  let cleanup _ = ()

  let next_state cmd state =
    match cmd with
    | Add (k, v) -> if List.mem_assoc k state then state else (k, v) :: state
    | Remove k -> List.remove_assoc k state
    | Find _ | Mem _ -> state

  let precond _ _ = true

  let run cmd t =
    match cmd with
    | Add (k, v) -> Res (bool, H.try_add t k v)
    | Remove k -> Res (bool, H.try_remove t k)
    | Find k -> Res (option int, match H.find_exn t k with v -> Some v | exception Not_found -> None)
    | Mem k -> Res (bool, H.mem t k)

  let postcond cmd (state : state) res =
    let value k : int option = List.assoc_opt k state in
    match (cmd, res) with
    | Add (k, _), Res ((Bool, _), added) -> added = not (List.mem_assoc k state)
    | (Remove k | Mem k), Res ((Bool, _), there) -> there = List.mem_assoc k state
    | Find k, Res ((Option Int, _), found) -> found = value k
    | _ -> false
end

module Computation = struct
  module C = Picos.Computation

  exception A

  type sut = int C.t
  type state = (int, unit) result option
  type cmd = Return of int | Cancel | Running | Peek

  let show_cmd = function
    | Return i -> Printf.sprintf "return %d" i
    | Cancel -> "cancel"
    | Running -> "is_running"
    | Peek -> "peek"

  let arb_cmd _ =
    make ~print:show_cmd
      (Gen.oneof
         [ Gen.map (fun i -> Return i) (Gen.int_bound 9); Gen.return Cancel; Gen.return Running; Gen.return Peek ])

  let init_state = None
  let init_sut () = C.create ()
  let cleanup _ = ()

  let next_state cmd state =
    match (cmd, state) with
    | Return i, None -> Some (Ok i)
    | Cancel, None -> Some (Error ())
    | _ -> state

  let precond _ _ = true

  let run cmd c =
    match cmd with
    | Return i -> Res (bool, C.try_return c i)
    | Cancel -> Res (bool, C.try_cancel c A (Printexc.get_callstack 0))
    | Running -> Res (bool, C.is_running c)
    | Peek ->
        Res (option int, match C.peek c with None -> None | Some (Ok i) -> Some i | Some (Error _) -> Some (-1))

  let postcond cmd (state : state) res =
    let visible : int option = match state with None -> None | Some (Ok i) -> Some i | Some (Error ()) -> Some (-1) in
    match (cmd, res) with
    | (Return _ | Cancel | Running), Res ((Bool, _), answer) -> answer = (state = None)
    | Peek, Res ((Option Int, _), seen) ->
        seen = visible
    | _ -> false
end

module Queues_alone = STM_sequential.Make (Queue)
module Tables_alone = STM_sequential.Make (Table)
module Queues = STM_domain.Make (Queue)
module Tables = STM_domain.Make (Table)
module Computations = STM_domain.Make (Computation)

let () =
  exit
    (QCheck_base_runner.run_tests ~rand:(Random.State.make [| 17 |])
       [
         Queues_alone.agree_test ~count:200 ~name:"mpmcq, one domain";
         Queues.agree_test_par ~count:15 ~name:"mpmcq, two domains";
         Tables_alone.agree_test ~count:200 ~name:"htbl, one domain";
         Tables.agree_test_par ~count:15 ~name:"htbl, two domains";
         Computations.agree_test_par ~count:15 ~name:"computation, two domains";
       ])
