(* SPDX-License-Identifier: ISC *)

module Registers = Machine.Registers

(* Numbers of words. *)
let data = 0
let flags = 6
let line_control = 11
let control = 12
let interrupt_mask = 14
let receive_empty = 0x10
let transmit_full = 0x20
let transmit_empty = 0x80
let damaged = 0x700  (* framing, parity, break *)
let nobody = 0xffff_ffff

(* The first version's; later ones have twice as much. *)
let fifo_size = 16
let check (registers : Registers.t) = if registers.count <= interrupt_mask then invalid_arg "Serial.Pl011: too few registers"

let chip ({ read; write; _ } as registers : Registers.t) : Chip.t =
  check registers;
  {
    room =
      (fun () ->
        let flags = read flags in
        if flags land transmit_full <> 0 then 0 else if flags land transmit_empty <> 0 then fifo_size else 1);
    put = write data;
    get =
      (fun () ->
        let flags = read flags in
        if flags = nobody then Gone
        else if flags land receive_empty <> 0 then Nothing
        else
          let word = read data in
          if word land damaged <> 0 then Damaged else Byte (word land 0xff));
    (* Input that fills half the queue, and less that has waited a little. *)
    interrupts =
      (fun ~receive ~transmit -> write interrupt_mask ((if receive then 0x50 else 0) lor if transmit then 0x20 else 0));
  }

let set_up ({ write; _ } as registers : Registers.t) =
  check registers;
  List.iter
    (fun (register, value) -> write register value)
    [ (interrupt_mask, 0); (control, 0); (line_control, 0x70); (control, 0x301) ]
