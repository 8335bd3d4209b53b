(* SPDX-License-Identifier: ISC *)

(** The call of a signal's handler, as machines have it in common: what a frame on the process' stack is made of. *)

type t = {
  signal : int;
  handler : int;
  return_to : int;  (** the code that makes the call [rt_sigreturn] *)
  info : bytes;  (** [siginfo_t] *)
  mask : int64;  (** blocked again when it has returned *)
  stack : bytes;  (** [stack_t] *)
  address : int;  (** of a fault, else 0, as the next two *)
  trap : int;
  code : int;
}

type restored = { mask_then : int64; stack_then : bytes }

(** What each machine has of its own: Linux' frames. *)
module type MACHINE = sig
  val red_zone : int
  (** So much below the stack pointer is still in use. *)

  val build : Vcpu.t -> top:int -> t -> int * bytes
  (** The frame for the registers as they are, below [top], and where it begins. *)

  val enter : Vcpu.t -> at:int -> t -> unit
  (** Lets it begin with the handler, when the frame is there. *)

  val restore : Vcpu.t -> read:(int -> int -> bytes option) -> restored option
  (** What the handler's return brings back, registers at once. All of it may be anything by now; [None] if it is no frame, or
      cannot be read. *)
end

(** {1 For them} *)

val info_size : int
val stack_size : int
val set_int : bytes -> int -> int -> unit
val set_u32 : bytes -> int -> int -> unit
val get_u32 : bytes -> int -> int
val put : bytes -> int -> bytes -> unit

val get_address : bytes -> int -> int
(** [min_int] for what no address can be. *)
