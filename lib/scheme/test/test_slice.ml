(* SPDX-License-Identifier: ISC *)

(* Slices against strings, budgets, and loans that are taken back. *)

open Picox_check.Check
open Everywhere
open Scheme

let slices () =
  test "slice: copies are those of strings" (fun () ->
      let random = Random.State.make [| 1 |] in
      let int n = Random.State.int random n in
      for _ = 1 to scaled 20_000 do
        let n = int 600 and m = int 600 in
        let text = String.init n (fun _ -> Char.chr (int 256)) in
        let from = Slice.of_string text and into = Slice.create m in
        let offset = int (n + 1) in
        let length = int (min m (n - offset) + 1) in
        let at = int (m - length + 1) in
        Slice.blit (Slice.sub from offset length) (Slice.sub into at (m - at));
        let expected = Bytes.make m '\000' in
        Bytes.blit_string text offset expected at length;
        that "blit" (Slice.to_string into = Bytes.to_string expected);
        let bytes = Bytes.make m 'x' in
        Slice.blit_to_bytes (Slice.sub from offset length) bytes at;
        that "to bytes" (Bytes.sub_string bytes at length = String.sub text offset length);
        that "not beside" (Bytes.for_all (( = ) 'x') (Bytes.sub bytes 0 at))
      done);
  test "slice: overlapping copies within one memory" (fun () ->
      for from = 0 to 20 do
        for into = 0 to 20 do
          let t = Slice.of_string "abcdefghijklmnopqrstuvwxyz0123456789" in
          Slice.blit (Slice.sub t from 12) (Slice.sub t into 12);
          that "whole" (Slice.to_string (Slice.sub t into 12) = String.sub "abcdefghijklmnopqrstuvwxyz0123456789" from 12)
        done
      done);
  test "slice: what is out of it is refused" (fun () ->
      let t = Slice.create 10 in
      List.iter
        (fun (offset, length) ->
          raises "sub" is_invalid (fun () -> Slice.sub t offset length))
        [ (-1, 1); (0, 11); (11, 0); (5, 6); (0, -1); (max_int, 1); (1, max_int); (min_int, 2) ];
      raises "get" is_invalid (fun () -> Slice.get t 10);
      raises "blit" is_invalid (fun () -> Slice.blit t (Slice.create 9));
      let sub = Slice.sub t 2 4 in
      raises "get of a part" is_invalid (fun () -> Slice.get sub 4));
  test "slice: read only ones do not write" (fun () ->
      let t = Slice.create 8 in
      let shut = Slice.sub (Slice.read_only t) 0 4 in
      List.iter
        (fun f -> raises "writes" is_invalid f)
        [
          (fun () -> Slice.set shut 0 'a');
          (fun () -> Slice.fill shut 'a');
          (fun () -> Slice.blit (Slice.create 2) shut);
          (fun () -> Slice.blit_from_string "abcd" 0 shut);
          (fun () -> ignore (Slice.bigarray shut));
        ];
      Slice.set t 1 'b';
      that "reads" (Slice.get shut 1 = 'b'))

let budgets () =
  test "budget: within another" (fun () ->
      let all = Budget.create 10 in
      let a = Budget.create ~within:all 8 and b = Budget.create ~within:all 8 in
      that "a" (Budget.take a 6);
      that "b too much" (not (Budget.take b 5));
      equal "b undone" 0 (Budget.used b);
      equal "all" 6 (Budget.used all);
      that "b" (Budget.take b 4);
      that "full" (not (Budget.take a 1));
      Budget.give_back b 4;
      that "a again" (Budget.take a 2);
      that "a's own limit" (not (Budget.take a 1));
      raises "more than taken" is_invalid (fun () -> Budget.give_back a 9);
      that "no overflow" (not (Budget.take a max_int)));
  law "budget: never more than the limit" (fun () ->
      let t = Budget.create 3 and most = Atomic.make 0 and inside = Atomic.make 0 in
      Picos_std_structured.Run.all
        (List.init 6 (fun _ () ->
             for _ = 1 to 20 do
               if Budget.take t 1 then begin
                 let n = 1 + Atomic.fetch_and_add inside 1 in
                 if n > Atomic.get most then Atomic.set most n;
                 yields 1;
                 Atomic.decr inside;
                 Budget.give_back t 1
               end
               else yields 1
             done));
      that "three" (Atomic.get most <= 3);
      equal "back" 0 (Budget.used t))

let loans () =
  test "loan: taken back for ever" (fun () ->
      let t = Loan.lend (Slice.create 4) in
      equal "fills" 4 (Loan.fill t (Slice.of_string "abcdef"));
      equal "fills a string" 2 (Loan.fill_string t "abcdef" 4);
      equal "beyond" 0 (Loan.fill_string t "abc" 7);
      equal "before" 0 (Loan.fill_string t "abc" (-1));
      Loan.take_back t;
      Loan.take_back t;
      raises "use" (( = ) Loan.Taken_back) (fun () -> Loan.use t ignore));
  law "loan: nobody writes after it is taken back" (fun () ->
      let slice = Slice.create 64 in
      let t = Loan.lend slice in
      Picos_std_structured.Run.all
        [
          (fun () ->
            try
              for i = 0 to 50 do
                Loan.use t (fun slice -> Slice.fill slice (Char.chr (65 + (i mod 26))));
                yields 1
              done
            with Loan.Taken_back -> ());
          (fun () ->
            yields 5;
            Loan.take_back t;
            Slice.fill slice '!';
            yields 5;
            that "as it was left" (Slice.to_string slice = String.make 64 '!'));
        ])

let add () =
  slices ();
  budgets ();
  loans ()
