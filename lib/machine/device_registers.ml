(* SPDX-License-Identifier: ISC *)

(* As a row of nucleus.h's nucleus_device_registers. *)
let decode = function
  | [| space; stride; width; model; base; size |] ->
      let registers =
        if space = 1 then Registers.of_ports (Ports.unsafe_at base size)
        else Registers.of_memory (Mmio.unsafe_at (Nativeint.of_int base) size) ~stride ~width
      in
      Some (model, registers)
  | _ -> None
