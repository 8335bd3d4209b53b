(* SPDX-License-Identifier: ISC *)

let tests = ref []
let test name body = tests := (name, body) :: !tests
let that what holds = if not holds then failwith ("not true: " ^ what)

let equal what expected got =
  if expected <> got then Printf.ksprintf failwith "%s: %d, not %d" what got expected

let raises what kind body =
  match body () with
  | _ -> failwith ("raises nothing: " ^ what)
  | exception exn -> if not (kind exn) then Printf.ksprintf failwith "%s raises %s" what (Printexc.to_string exn)

let is_invalid = function Invalid_argument _ -> true | _ -> false

let holds part text =
  let n = String.length part in
  let rec at i = i + n <= String.length text && (String.sub text i n = part || at (i + 1)) in
  at 0

let quick = Array.mem "--quick" Sys.argv
let times = Array.mem "--times" Sys.argv
let scaled n = if quick then max 1 (n / 50) else n

let run () =
  Printexc.record_backtrace true;
  let parts = List.filter (fun word -> not (String.starts_with ~prefix:"--" word)) (List.tl (Array.to_list Sys.argv)) in
  let wanted (name, _) = parts = [] || List.exists (fun part -> holds part name) parts in
  let chosen = List.filter wanted (List.rev !tests) in
  let failed = ref 0 in
  List.iter
    (fun (name, body) ->
      let start = Sys.time () in
      (try body ()
       with exn ->
        incr failed;
        Printf.printf "FAILED %s: %s\n%s%!" name (Printexc.to_string exn) (Printexc.get_backtrace ()));
      if times then Printf.printf "%8.3f s %s\n%!" (Sys.time () -. start) name)
    chosen;
  Printf.printf "%d tests, %d failed\n" (List.length chosen) !failed;
  if !failed > 0 || chosen = [] then exit 1
