(* SPDX-License-Identifier: ISC *)

(* One word outside of the heap, where nothing moves it. *)
type t = (int32, Bigarray.int32_elt, Bigarray.c_layout) Bigarray.Array1.t

let create () =
  let t = Bigarray.Array1.create Int32 C_layout 1 in
  t.{0} <- 0l;
  t

external read : t -> (int[@untagged]) = "picox_futex_read_boxed" "picox_futex_read" [@@noalloc]
external advance : t -> unit = "picox_futex_advance" [@@noalloc]
external wait : t -> int -> int -> unit = "picox_futex_wait"

let wait t seen ~until = wait t seen until
