(* SPDX-License-Identifier: ISC *)

open Picos_std_awaitable

(* The count, or [poisoned]. *)
type t = int Awaitable.t

exception Poisoned

let poisoned = -1
let max_value = max_int

let create ?padded count =
  if count < 0 then invalid_arg "Sem.create: negative count";
  Awaitable.make ?padded count

let rec release t =
  let before = Awaitable.get t in
  if before <> poisoned then begin
    if before = max_value then raise (Sys_error "Sem.release: overflow");
    if Awaitable.compare_and_set t before (before + 1) then Awaitable.signal t else release t
  end

let rec try_acquire t =
  let before = Awaitable.get t in
  if before = poisoned then raise Poisoned;
  before > 0 && (Awaitable.compare_and_set t before (before - 1) || try_acquire t)

let rec acquire t =
  if not (try_acquire t) then begin
    Awaitable.await t 0;
    acquire t
  end

let get_value t = max 0 (Awaitable.get t)

let poison t =
  Awaitable.set t poisoned;
  Awaitable.broadcast t

let is_poisoned t = Awaitable.get t = poisoned
