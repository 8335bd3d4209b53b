(* SPDX-License-Identifier: ISC
   Floating point: the sun and four planets, stepped in time; the energy must stay what it was. *)

type body = {
  mutable x : float;
  mutable y : float;
  mutable z : float;
  mutable vx : float;
  mutable vy : float;
  mutable vz : float;
  mass : float;
}

(* Made-up planets on near-circular orbits, in units where the gravitational constant is 1. *)
let planet distance mass tilt =
  let v = sqrt (1. /. distance) in
  { x = distance; y = 0.; z = 0.; vx = 0.; vy = v *. cos tilt; vz = v *. sin tilt; mass }

let bodies =
  [|
    { x = 0.; y = 0.; z = 0.; vx = 0.; vy = 0.; vz = 0.; mass = 1. };
    planet 1. 3e-6 0.1;
    planet 5.2 9.5e-4 0.02;
    planet 9.5 2.8e-4 0.04;
    planet 19.2 4.4e-5 0.01;
  |]

let step dt =
  let n = Array.length bodies in
  for i = 0 to n - 1 do
    let a = bodies.(i) in
    for j = i + 1 to n - 1 do
      let b = bodies.(j) in
      let dx = a.x -. b.x and dy = a.y -. b.y and dz = a.z -. b.z in
      let d2 = (dx *. dx) +. (dy *. dy) +. (dz *. dz) in
      let f = dt /. (d2 *. sqrt d2) in
      a.vx <- a.vx -. (dx *. b.mass *. f);
      a.vy <- a.vy -. (dy *. b.mass *. f);
      a.vz <- a.vz -. (dz *. b.mass *. f);
      b.vx <- b.vx +. (dx *. a.mass *. f);
      b.vy <- b.vy +. (dy *. a.mass *. f);
      b.vz <- b.vz +. (dz *. a.mass *. f)
    done
  done;
  Array.iter
    (fun b ->
      b.x <- b.x +. (dt *. b.vx);
      b.y <- b.y +. (dt *. b.vy);
      b.z <- b.z +. (dt *. b.vz))
    bodies

let energy () =
  let e = ref 0. in
  Array.iteri
    (fun i a ->
      e := !e +. (0.5 *. a.mass *. ((a.vx *. a.vx) +. (a.vy *. a.vy) +. (a.vz *. a.vz)));
      for j = i + 1 to Array.length bodies - 1 do
        let b = bodies.(j) in
        let dx = a.x -. b.x and dy = a.y -. b.y and dz = a.z -. b.z in
        e := !e -. (a.mass *. b.mass /. sqrt ((dx *. dx) +. (dy *. dy) +. (dz *. dz)))
      done)
    bodies;
  !e

let () =
  let before = energy () in
  let start = Unix.gettimeofday () in
  for _ = 1 to 200_000 do
    step 0.001
  done;
  let seconds = Unix.gettimeofday () -. start in
  if abs_float ((energy () -. before) /. before) > 1e-3 then failwith "nbody: the energy changed";
  Printf.printf "nbody %.6f\n" seconds
