(* SPDX-License-Identifier: ISC *)

(** Consoles beside the first one: each virtio console of the machine, each UART on PCI, and each other one that firmware tells of, with a person behind it who types. *)

val start :
  Picos_std_structured.Bundle.t -> log:(string -> unit) -> (name:string -> Scheme.Service.t -> unit) -> unit
(** Drives each in a fiber of the class of drivers; when it can be used, calls the function with its name (["virtio0"], ["serial0"], ["uart0"]) and the scheme
    [console] for it, in a fiber of its own, again and again while the function returns and the console is there. *)
