(* SPDX-License-Identifier: ISC *)

type t = { count : int; read : int -> int; write : int -> int -> unit }

let of_memory memory ~stride ~width =
  let read, write =
    match width with
    | 1 -> (Mmio.read8, Mmio.write8)
    | 2 -> (Mmio.read16, Mmio.write16)
    | 4 -> (Mmio.read32, Mmio.write32)
    | _ -> invalid_arg "Machine.Registers.of_memory: the width"
  in
  if stride < width then invalid_arg "Machine.Registers.of_memory: the stride";
  {
    count = Mmio.size memory / stride;
    read = (fun n -> read memory (n * stride));
    write = (fun n value -> write memory (n * stride) value);
  }

let of_ports ports = { count = Ports.size ports; read = Ports.read8 ports; write = Ports.write8 ports }
