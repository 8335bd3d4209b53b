(* SPDX-License-Identifier: ISC
   Weak pointers, ephemerons, weak hash tables and finalisers. *)

let fresh n = Sys.opaque_identity (Array.make 4 n)

module Strings = Weak.Make (struct
  type t = string

  let equal = String.equal
  let hash = Hashtbl.hash
end)

module Table = Ephemeron.K1.Make (struct
  type t = int array

  let equal = ( == )
  let hash (a : t) = a.(0)
end)

let count_weak w =
  let n = ref 0 in
  for i = 0 to Weak.length w - 1 do
    if Weak.check w i then incr n
  done;
  !n

let weak () =
  let w = Weak.create 100 in
  let kept = ref [] in
  for i = 0 to 99 do
    let v = fresh i in
    if i mod 4 = 0 then kept := v :: !kept;
    Weak.set w i (Some v)
  done;
  Gc.full_major ();
  Printf.printf "weak: %d of 100 live\n%!" (count_weak w);
  ignore (Sys.opaque_identity !kept);
  kept := [];
  Gc.full_major ();
  Gc.full_major ();
  Printf.printf "weak: %d of 100 live\n%!" (count_weak w)

let strings () =
  let set = Strings.create 10 in
  let kept = List.init 50 (fun i -> Strings.merge set (String.concat "" [ "kept "; string_of_int i ])) in
  for i = 0 to 999 do
    ignore (Strings.merge set (String.concat "" [ "dropped "; string_of_int i ]) : string)
  done;
  Gc.full_major ();
  Gc.full_major ();
  Printf.printf "strings: %d\n%!" (Strings.count set);
  Printf.printf "same: %b\n%!" (List.for_all (fun s -> Strings.find set (String.concat "" [ s ]) == s) kept)

let ephemerons () =
  let table = Table.create 16 in
  let kept = List.init 20 (fun i -> fresh i) in
  List.iter (fun k -> Table.replace table k (Some k)) kept;
  for i = 100 to 199 do
    let k = fresh i in
    (* The value holds its own key: only an ephemeron may let it go. *)
    Table.replace table k (Some k)
  done;
  Gc.full_major ();
  Gc.full_major ();
  Table.clean table;
  Printf.printf "ephemerons: %d\n%!" (Table.length table);
  ignore (Sys.opaque_identity kept)

let finalisers () =
  let first = ref 0 and last = ref 0 and sum = ref 0 in
  for i = 1 to 1000 do
    let v = fresh i in
    Gc.finalise
      (fun a ->
        incr first;
        sum := !sum + a.(3))
      v;
    Gc.finalise_last (fun () -> incr last) v
  done;
  for _ = 1 to 4 do
    Gc.full_major ()
  done;
  Printf.printf "finalisers: %d and %d, sum %d\n%!" !first !last !sum;
  let resurrected = ref [] in
  Gc.finalise (fun a -> resurrected := a :: !resurrected) (fresh 9);
  Gc.full_major ();
  Gc.full_major ();
  Printf.printf "resurrected: %d\n%!" (match !resurrected with [ a ] -> a.(0) | _ -> -1)

let () =
  weak ();
  strings ();
  ephemerons ();
  finalisers ();
  let alarms = ref 0 in
  let alarm = Gc.create_alarm (fun () -> incr alarms) in
  Gc.full_major ();
  Gc.delete_alarm alarm;
  Printf.printf "alarm: %b\n" (!alarms > 0)
