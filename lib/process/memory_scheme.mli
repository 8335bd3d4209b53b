(* SPDX-License-Identifier: ISC *)

(** The scheme [memory] for processes: who opens [new] and gives it a size ([ftruncate], once) has a file whose content is frames of
    memory. All who map it in common, by the descriptor or by a copy of it that a scheme has brought them, have these frames. They
    are charged to the budget as a whole when the size is given, until nobody has the file or a mapping of it any more.
    [used] and [limit] tell the budget. *)

val service : Shared.registry -> Scheme.Budget.t -> Scheme.Service.t
