(* SPDX-License-Identifier: ISC *)

(** The scheme [memory]: memory that several share, from a budget.

    Each opening of [/scheme/memory/new] makes an empty buffer. {!Scheme.Handle.truncate} gives it its size, once, from the
    budget (else [No_memory]); {!Scheme.Handle.map} is the memory itself, and it can be read and written in place. Copies
    of the handle, in messages too, are of the same buffer. The budget has the memory back when the last handle is closed;
    the memory itself lasts as long as somebody has it mapped. [/scheme/memory/used] and [limit] tell the budget. *)

val service : Scheme.Budget.t -> Scheme.Service.t
