(* SPDX-License-Identifier: ISC *)

module Registers = Machine.Registers

let data = 0
let interrupt_enable = 1
let divisor_low = 0
let divisor_high = 1
let fifo_control = 2
let line_control = 3
let modem_control = 4
let line_status = 5
let data_ready = 0x01
let damaged = 0x1c  (* parity, framing, break *)
let transmitter_empty = 0x20
let nobody = 0xff
let fifo_size = 16
let check (registers : Registers.t) = if registers.count < 8 then invalid_arg "Serial.Ns16550: too few registers"

let chip ({ read; write; _ } as registers : Registers.t) : Chip.t =
  check registers;
  {
    room = (fun () -> if read line_status land transmitter_empty <> 0 then fifo_size else 0);
    put = write data;
    get =
      (fun () ->
        let status = read line_status land 0xff in
        if status = nobody then Gone
        else if status land data_ready = 0 then Nothing
        else
          let byte = read data land 0xff in
          if status land damaged <> 0 then Damaged else Byte byte);
    interrupts =
      (fun ~receive ~transmit -> write interrupt_enable ((if receive then 1 else 0) lor if transmit then 2 else 0));
  }

let set_up ({ write; _ } as registers : Registers.t) ~divisor =
  check registers;
  if divisor < 1 || divisor > 0xffff then invalid_arg "Serial.Ns16550.set_up: the divisor";
  List.iter
    (fun (register, value) -> write register value)
    [
      (interrupt_enable, 0);
      (line_control, 0x83);
      (divisor_low, divisor land 0xff);
      (divisor_high, divisor lsr 8);
      (line_control, 0x03);
      (fifo_control, 0x07);
      (* With the gate of a PC's interrupt line. *)
      (modem_control, 0x0b);
    ]
