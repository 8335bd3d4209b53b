(* SPDX-License-Identifier: ISC
   Floating point as the standard says: conversions, rounding, special values, the math library, printing. *)

let show name v = Printf.printf "%s: %h %.17g\n" name v v

let () =
  show "tenth" 0.1;
  show "sum" (0.1 +. 0.2);
  show "least" (Int64.float_of_bits 1L);
  show "greatest" max_float;
  show "overflow" (max_float *. Sys.opaque_identity 10.);
  show "minus zero" (-0.);
  Printf.printf "nan: %b %s\n" (Float.is_nan (Sys.opaque_identity 0. /. 0.)) (Float.to_string nan);
  List.iter
    (fun (name, f) -> List.iter (fun x -> show (Printf.sprintf "%s %g" name x) (f x)) [ 0.5; 2.; -1.25; 1e10 ])
    [ ("floor", floor); ("ceil", ceil); ("round", Float.round); ("trunc", Float.trunc); ("abs", abs_float) ];
  List.iter
    (fun x -> Printf.printf "sqrt %.17g %.17g\n" x (sqrt x))
    [ 2.; 3.; 1e-300; 1e300; 144. ];
  (* Results that every good libm gives to 14 digits. *)
  List.iter
    (fun (name, v) -> Printf.printf "%s %.14g\n" name v)
    [
      ("sin", sin 1.); ("cos", cos 1.); ("tan", tan 1.); ("atan2", atan2 1. (-2.)); ("exp", exp 1.);
      ("log", log 10.); ("log10", log10 1000.); ("pow", 2. ** 0.5); ("cosh", cosh 2.); ("expm1", expm1 1e-10);
      ("log1p", log1p 1e-10); ("hypot", hypot 3. 4.); ("cbrt", Float.cbrt 27.); ("erf", Float.erf 0.5);
      ("fma", Float.fma 1e10 1e-10 (-1.)); ("fmod", mod_float 10.5 3.);
    ];
  List.iter
    (fun s -> Printf.printf "%S %h\n" s (float_of_string s))
    [ "1e-320"; "0x1.8p3"; "1_000.5"; "123456789012345678901234567890"; "4.9406564584124654e-324"; "inf"; "-nan" ]
  ;
  List.iter
    (fun x -> Printf.printf "[%f] [%e] [%g] [%10.3f] [%-10.2e] [%+.0f] [%#F] [%h]\n" x x x x x x x x)
    [ 0.; 1.; -1.5; 123456.789; 1e100; infinity; 2.5; 1. /. 3. ];
  Printf.printf "int of float %d %d\n" (int_of_float 1e15) (truncate (-2.9));
  Printf.printf "bits %Lx %lx\n" (Int64.bits_of_float 1.5) (Int32.bits_of_float 1.5);
  let m, e = frexp 10. in
  Printf.printf "frexp %g %d ldexp %g\n" m e (ldexp 0.75 10);
  let fraction, whole = modf 3.25 in
  Printf.printf "modf %g %g\n" fraction whole;
  Printf.printf "classes %b\n"
    (List.map classify_float [ 1.; 1e-310; 0.; infinity; nan ]
    = [ FP_normal; FP_subnormal; FP_zero; FP_infinite; FP_nan ]);
  Printf.printf "compare %d %d %b\n" (compare nan 1.) (compare 0. (-0.)) (nan = nan);
  let a = Array.init 1000 (fun i -> 1. /. float (i + 1)) in
  show "harmonic" (Array.fold_left ( +. ) 0. a);
  show "backwards" (Array.fold_right ( +. ) a 0.)
