(* SPDX-License-Identifier: ISC
   Floating-point state under preemption: threads that compute in registers all the time, in one domain and in
   four, get the very bits that one alone gets. *)

(* A loop whose state stays in floating-point registers: four values, no allocation, no call. *)
let orbit seed steps =
  let a = ref (0.1 *. seed) and b = ref 0.3 and c = ref (0.7 +. seed) and d = ref 1.1 in
  for _ = 1 to steps do
    let x = (!a *. 0.99) +. (!b *. 0.01) and y = (!b *. 0.98) -. (!c *. 0.02) in
    let z = (!c *. 0.97) +. (!d *. 0.03) and w = sqrt ((!d *. !d) +. 0.001) *. 0.999 in
    a := x +. (y *. 1e-3);
    b := y +. (z *. 1e-3);
    c := z -. (w *. 1e-3);
    d := w
  done;
  Int64.bits_of_float (!a +. !b +. !c +. !d)

let steps = 1_000_000
let seeds = List.init 6 (fun i -> float (i + 1))

(* Safepoints in the loop let the tick thread in; sleepers wake at odd times to force switches. *)
let () =
  let alone = List.map (fun s -> orbit s steps) seeds in
  let results = Array.make 6 0L in
  let stop = Atomic.make false in
  let sleeper =
    Thread.create
      (fun () ->
        let x = ref 1.5 in
        while not (Atomic.get stop) do
          Thread.delay 0.001;
          x := sqrt (!x +. 1.)
        done)
      ()
  in
  let threads = List.mapi (fun i s -> Thread.create (fun () -> results.(i) <- orbit s steps) ()) seeds in
  List.iter Thread.join threads;
  Atomic.set stop true;
  Thread.join sleeper;
  Printf.printf "threads agree: %b\n%!" (Array.to_list results = alone);
  let domains = List.map (fun s -> Domain.spawn (fun () -> orbit s steps)) (List.filteri (fun i _ -> i < 3) seeds) in
  let here = orbit (List.nth seeds 3) steps in
  let there = List.map Domain.join domains in
  Printf.printf "domains agree: %b\n" (there @ [ here ] = List.filteri (fun i _ -> i < 4) alone)
