(* SPDX-License-Identifier: ISC
   How a parallel program scales: the same work, shared by as many domains as the argument says. Each takes the next
   row of a Mandelbrot set, allocates its result, and takes another, until there are no more. *)

let side = 384

let row y =
  let inside = ref [] in
  let ci = (2. *. float y /. float side) -. 1. in
  for x = 0 to side - 1 do
    let cr = (2. *. float x /. float side) -. 1.5 in
    let zr = ref 0. and zi = ref 0. and n = ref 0 in
    while !n < 100 && (!zr *. !zr) +. (!zi *. !zi) < 4. do
      let r = (!zr *. !zr) -. (!zi *. !zi) +. cr in
      zi := (2. *. !zr *. !zi) +. ci;
      zr := r;
      incr n
    done;
    if !n = 100 then inside := (x, y) :: !inside
  done;
  !inside

let () =
  let domains = int_of_string Sys.argv.(1) in
  let rows = Array.make side [] and next = Atomic.make 0 in
  let rec work () =
    let y = Atomic.fetch_and_add next 1 in
    if y < side then begin
      rows.(y) <- row y;
      work ()
    end
  in
  let start = Unix.gettimeofday () in
  let others = List.init (domains - 1) (fun _ -> Domain.spawn work) in
  work ();
  List.iter Domain.join others;
  let seconds = Unix.gettimeofday () -. start in
  let inside = Array.fold_left (fun n row -> n + List.length row) 0 rows in
  (* The set's area is about 1.507, of which the square holds all but the tip on the left. *)
  let area = float inside *. 4. /. float (side * side) in
  if area < 1.4 || area > 1.7 then failwith (Printf.sprintf "scaling: the area is %f" area);
  Printf.printf "scaling_%d %.6f\n" domains seconds
