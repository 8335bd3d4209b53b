(* SPDX-License-Identifier: ISC
   Real-time clocks that are programs. *)

open Picox_check.Check
module Registers = Machine.Registers

let ns seconds = seconds * 1_000_000_000

(* A PC's, with the registers in an array; [busy] reads of the status say that it changes. *)
let cmos ?century ?(busy = ref 0) ?(ticks = ref 0) values =
  let index = ref 0 in
  let registers : Registers.t =
    {
      count = 2;
      read =
        (function
        | 1 ->
            if !index = 10 then if !busy > 0 then (decr busy; 0x80) else 0
            else begin
              (* One that runs while it is read. *)
              if !index = 0 && !ticks > 0 then begin
                decr ticks;
                values.(0) <- values.(0) + 1
              end;
              values.(!index)
            end
        | _ -> failwith "reads the index");
      write = (fun n value -> if n = 0 then index := value else failwith "writes the clock");
    }
  in
  Rtc.cmos ?century registers

let bcd n = ((n / 10) lsl 4) lor (n mod 10)

let values ?(status = 0x02) ?(convert = bcd) (year, month, day, hour, minute, second) =
  let values = Array.make 128 0 in
  List.iter
    (fun (at, n) -> values.(at) <- convert n)
    [ (0, second); (2, minute); (4, hour); (7, day); (8, month); (9, year mod 100); (0x32, year / 100) ];
  values.(11) <- status;
  values

let is_malformed = function Error (`Malformed _) -> true | _ -> false

let () =
  test "dates" (fun () ->
      equal "1970" 0 (Rtc.Calendar.seconds { year = 1970; month = 1; day = 1; hour = 0; minute = 0; second = 0 });
      (* Every day of a few centuries, one after the other. *)
      let days = ref 0 in
      for year = 1970 to 2400 do
        for month = 1 to 12 do
          for day = 1 to 31 do
            let date : Rtc.Calendar.t = { year; month; day; hour = 1; minute = 2; second = 3 } in
            if Rtc.Calendar.is_date date then begin
              equal "a day" ((!days * 86_400) + 3_723) (Rtc.Calendar.seconds date);
              incr days
            end
          done
        done
      done;
      equal "days" 157_420 !days);

  test "a PC's clock" (fun () ->
      Picos_mux_fifo.run @@ fun () ->
      let when_ = (2026, 11, 30, 23, 59, 58) in
      let expected = Ok (ns 1_796_083_198) in
      that "decimal" (Rtc.read (cmos (values when_)) = expected);
      that "binary" (Rtc.read (cmos (values ~status:0x06 ~convert:Fun.id when_)) = expected);
      that "with a century" (Rtc.read (cmos ~century:0x32 (values when_)) = expected);
      let half_day hour marker =
        let values = values ~status:0x00 (2026, 11, 30, 0, 59, 58) in
        values.(4) <- bcd hour lor marker;
        values
      in
      that "eleven in the evening" (Rtc.read (cmos (half_day 11 0x80)) = expected);
      that "midnight" (Rtc.read (cmos (half_day 12 0)) = Ok (ns (1_796_083_198 - (23 * 3600))));
      that "noon" (Rtc.read (cmos (half_day 12 0x80)) = Ok (ns (1_796_083_198 - (11 * 3600))));
      that "the last century" (Rtc.read (cmos (values (1999, 12, 31, 0, 0, 0))) = Ok (ns 946_598_400));
      that "it changes for a while" (Rtc.read (cmos ~busy:(ref 5) (values when_)) = expected);
      that "it runs meanwhile" (Rtc.read (cmos ~ticks:(ref 3) (values ~status:0x06 ~convert:Fun.id (2026, 11, 30, 23, 59, 55))) = expected);
      that "for ever" (Rtc.read (cmos ~busy:(ref max_int) (values when_)) = Error `Failed);
      List.iter
        (fun (register, value) ->
          let values = values when_ in
          values.(register) <- value;
          that "cannot be" (is_malformed (Rtc.read (cmos values))))
        [ (0, 0x60); (0, 0x0a); (0, 0xff); (2, 0x60); (4, 0x24); (7, 0x31); (7, 0); (8, 0x13); (8, 0); (9, 0xa0) ];
      that "no such hour" (is_malformed (Rtc.read (cmos (half_day 13 0))));
      raises "one register" is_invalid (fun () -> Rtc.cmos { count = 1; read = Fun.id; write = (fun _ _ -> ()) }));

  test "others" (fun () ->
      let words list : Registers.t = { count = List.length list; read = List.nth list; write = (fun _ _ -> ()) } in
      that "PL031" (Rtc.read (Rtc.pl031 (words [ 0xf000_0000 ])) = Ok (ns 0xf000_0000));
      that "goldfish" (Rtc.read (Rtc.goldfish (words [ 0xf000_0000; 0x1234_5678 ])) = Ok 0x1234_5678_f000_0000);
      that "too late" (is_malformed (Rtc.read (Rtc.goldfish (words [ 0; 0x4000_0000 ])))))

let () = run ()
