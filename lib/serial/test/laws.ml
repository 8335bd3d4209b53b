(* SPDX-License-Identifier: ISC
   UARTs that are programs: their registers as the data sheets have them. *)

open Serial
open Picox_check.Check
open Picos_std_structured
module Registers = Machine.Registers

(* {1 Fakes}

   What is sent goes out [out] when the test lets it; what comes is in [come]. They interrupt by a soft event when their
   line rises. *)

type fake = {
  registers : Registers.t;
  come : (int * int) Queue.t;  (** bytes, and what is wrong with them *)
  out : Buffer.t;
  interrupt : Device_interrupt.t;
  refresh : unit -> unit;  (** after a change of [come], or to let go out what has been written *)
  gone : bool ref;
  trouble : string ref;  (** what a driver may not do *)
}

let fifo = 16

let fake ~decode =
  let come = Queue.create () and out = Buffer.create 100 and interrupt = Device_interrupt.soft () in
  let waiting = Queue.create () and gone = ref false and trouble = ref "" and mask = ref (false, false) and raised = ref false in
  let update () =
    let receive, transmit = !mask in
    let now = (receive && not (Queue.is_empty come)) || (transmit && Queue.is_empty waiting) in
    if now && not !raised then begin
      raised := true;
      Device_interrupt.raise interrupt
    end
    else if not now then raised := false
  in
  let put byte =
    if Queue.length waiting >= fifo then trouble := "a byte too many";
    Queue.push (Char.chr byte) waiting
  in
  let get () = if Queue.is_empty come then (trouble := "a byte too early"; (0, 0)) else Queue.pop come in
  let refresh () =
    Queue.iter (Buffer.add_char out) waiting;
    Queue.clear waiting;
    update ()
  in
  let set_mask now =
    mask := now;
    update ()
  in
  let registers = decode ~put ~get ~come ~waiting ~set_mask ~gone ~trouble in
  { registers; come; out; interrupt; refresh; gone; trouble }

let ns16550 ~put ~get ~come ~waiting ~set_mask ~gone ~trouble : Registers.t =
  let control = ref 0 in
  {
    count = 8;
    read =
      (function
      | _ when !gone -> 0xff
      | 0 -> fst (get ())
      | 5 ->
          let damage = match Queue.peek_opt come with Some (_, 0) | None -> 0 | Some _ -> 0x08 in
          damage lor (if Queue.is_empty come then 0 else 1) lor if Queue.is_empty waiting then 0x60 else 0
      | n -> trouble := Printf.sprintf "reads register %d" n; 0);
    write =
      (fun register value ->
        match register with
        | _ when !gone -> ()
        | 0 when !control land 0x80 = 0 -> put value
        | 1 when !control land 0x80 = 0 -> set_mask (value land 1 <> 0, value land 2 <> 0)
        | 3 -> control := value
        | 0 | 1 | 2 | 4 -> ()
        | n -> trouble := Printf.sprintf "writes register %d" n);
  }

let pl011 ~put ~get ~come ~waiting ~set_mask ~gone ~trouble : Registers.t =
  {
    count = 1024;
    read =
      (function
      | _ when !gone -> 0xffff_ffff
      | 0 -> let byte, damage = get () in byte lor (damage lsl 8)
      | 6 ->
          (if Queue.is_empty come then 0x10 else 0)
          lor (if Queue.length waiting = fifo then 0x20 else 0)
          lor if Queue.is_empty waiting then 0x80 else 0
      | n -> trouble := Printf.sprintf "reads register %d" n; 0);
    write =
      (fun register value ->
        match register with
        | 0 -> put value
        | 14 -> set_mask (value land 0x50 = 0x50, value land 0x20 <> 0)
        | 11 | 12 -> ()
        | n -> trouble := Printf.sprintf "writes register %d" n);
  }

let kinds = [ ("16550", ns16550, Ns16550.chip); ("PL011", pl011, Pl011.chip) ]

let schedulers =
  [
    ("fifo", fun main -> Picos_mux_fifo.run main);
    ("classes", fun main -> Picox_classes.run ~main_class:Drivers main);
  ]

let everywhere name main =
  List.iter
    (fun (kind, decode, chip) ->
      List.iter
        (fun (scheduler, run) ->
          test (Printf.sprintf "%s, %s, %s" name kind scheduler) (fun () -> run (fun () -> main (fake ~decode) chip)))
        schedulers)
    kinds

let ok what = function Ok x -> x | Error error -> failwith (what ^ ": " ^ Device.error_text error)

let rec soon what condition tries =
  if not (condition ()) then
    if tries = 0 then failwith what
    else begin
      Picos.Fiber.sleep ~seconds:0.001;
      soon what condition (tries - 1)
    end

let with_port fake chip body =
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  let port = Picos.Computation.create () in
  let ended =
    Bundle.fork_as_promise all (fun () ->
        Port.run (chip fake.registers) fake.interrupt (fun t -> ignore (Picos.Computation.try_return port t)))
  in
  body (Picos.Computation.await port) ended;
  that ("a good driver: " ^ !(fake.trouble)) (!(fake.trouble) = "")

let text n = String.init n (fun i -> Char.chr ((i * 7) land 255))

let come fake text =
  String.iter (fun c -> Queue.push (Char.code c, 0) fake.come) text;
  fake.refresh ()

let () =
  everywhere "what is written is sent" (fun fake chip ->
      with_port fake chip (fun port _ ->
          Bundle.join_after (fun all ->
              Bundle.fork all (fun () -> ok "write" (Port.write port (text 10_000)));
              soon "all is sent" (fun () -> fake.refresh (); Buffer.length fake.out = 10_000) 20_000);
          that "in order" (Buffer.contents fake.out = text 10_000);
          equal "counted" 10_000 (Port.counts port).sent));

  everywhere "what comes is read" (fun fake chip ->
      with_port fake chip (fun port _ ->
          let got = Buffer.create 100 in
          for n = 0 to 99 do
            come fake (String.sub (text 10_000) (n * 100) 100);
            while Buffer.length got < (n + 1) * 100 do Buffer.add_string got (ok "read" (Port.read port)) done
          done;
          that "in order" (Buffer.contents got = text 10_000)));

  everywhere "more than anybody reads stays in the UART" (fun fake chip ->
      with_port fake chip (fun port _ ->
          come fake (text 10_000);
          soon "it is taken" (fun () -> Queue.length fake.come <= 10_000 - 4096) 20_000;
          Picos.Fiber.sleep ~seconds:0.01;
          equal "not more" (10_000 - 4096) (Queue.length fake.come);
          let before = (Port.counts port).turns in
          Picos.Fiber.sleep ~seconds:0.01;
          equal "it rests" before (Port.counts port).turns;
          let got = Buffer.create 100 in
          while Buffer.length got < 10_000 do Buffer.add_string got (ok "read" (Port.read port)) done;
          that "in order" (Buffer.contents got = text 10_000)));

  everywhere "damaged bytes are left out" (fun fake chip ->
      with_port fake chip (fun port _ ->
          Queue.push (65, 0) fake.come;
          Queue.push (66, 1) fake.come;
          Queue.push (67, 0) fake.come;
          fake.refresh ();
          let got = Buffer.create 2 in
          while Buffer.length got < 2 do Buffer.add_string got (ok "read" (Port.read port)) done;
          that "the others" (Buffer.contents got = "AC");
          equal "counted" 1 (Port.counts port).damaged));

  everywhere "it is pulled out" (fun fake chip ->
      with_port fake chip (fun port ended ->
          Bundle.join_after (fun all ->
              Bundle.fork all (fun () -> that "gone" (Port.read port = Error `Gone));
              Bundle.fork all (fun () -> that "gone" (Port.write port (text 100_000) = Error `Gone));
              Picos.Fiber.sleep ~seconds:0.005;
              fake.gone := true;
              Device_interrupt.raise fake.interrupt;
              that "it ends" (Promise.await ended = `Gone));
          that "later, too" (Port.write port "x" = Error `Gone)));

  everywhere "both ways at once, by several" (fun fake chip ->
      with_port fake chip (fun port _ ->
          let stop = ref false and sum = ref 0 in
          Bundle.join_after (fun all ->
              for _ = 1 to 4 do
                Bundle.fork all (fun () -> for _ = 1 to 100 do ok "write" (Port.write port "0123456789") done)
              done;
              Bundle.fork all (fun () ->
                  while !sum < 5_000 do sum := !sum + String.length (ok "read" (Port.read port)) done);
              Bundle.fork all (fun () ->
                  for _ = 1 to 50 do
                    come fake (text 100);
                    Control.yield ()
                  done;
                  while not !stop do
                    fake.refresh ();
                    if Buffer.length fake.out = 4_000 && !sum = 5_000 then stop := true else Control.yield ()
                  done));
          equal "sent" 4_000 (Buffer.length fake.out);
          let zeros = String.fold_left (fun n c -> if c = '0' then n + 1 else n) 0 (Buffer.contents fake.out) in
          equal "each text" 400 zeros));

  test "setting up" (fun () ->
      let written = ref [] in
      let registers count : Registers.t = { count; read = (fun _ -> 0); write = (fun n x -> written := (n, x) :: !written) } in
      Ns16550.set_up (registers 8) ~divisor:0x123;
      that "the divisor" (List.mem (0, 0x23) !written && List.mem (1, 1) !written);
      raises "too large" is_invalid (fun () -> Ns16550.set_up (registers 8) ~divisor:0x10000);
      raises "none" is_invalid (fun () -> Ns16550.set_up (registers 8) ~divisor:0);
      raises "too few" is_invalid (fun () -> Ns16550.chip (registers 7));
      raises "too few" is_invalid (fun () -> Pl011.chip (registers 14)))

let () = run ()
