(* SPDX-License-Identifier: ISC *)

(** A process as an ELF file of type core, as debuggers read it: the registers of each thread, and the pages that it has.  Spec: [elf "ELF-64"],
    notes as Linux' [struct elf_prstatus] and [struct elf_prpsinfo]. *)

val write : Task.process -> (string -> (unit, 'e) result) -> (unit, 'e) result
(** [write p out]: gives it to [out] in order, piece by piece. Meanwhile the process stands still: its threads are brought out of user
    mode, and go on when all that dump it have ended; what they asked for before that, calls still do. A signal that stops it stops it afterwards, too. What it has not touched is left out, and so is what it may not read. Needs a scheduler. *)
