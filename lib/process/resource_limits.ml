(* SPDX-License-Identifier: ISC *)

type limit = { soft : int; hard : int }
type t = limit array

let count = 16
let cpu = 0
let file_size = 1
let data = 2
let stack = 3
let resident = 5
let tasks = 6
let files = 7
let address_space = 9
let unlimited = { soft = max_int; hard = max_int }
let both n = { soft = n; hard = n }

let create ({ memory; handles; tasks = most_tasks; _ } : Limits.t) =
  let t = Array.make count unlimited in
  t.(stack) <- { unlimited with soft = Start.default_stack_size };
  t.(resident) <- both memory;
  t.(tasks) <- both most_tasks;
  t.(files) <- both (min handles Descriptors.most);
  t

let copy = Array.copy
let is_known resource = resource >= 0 && resource < count
let get t resource = t.(resource)
let soft t resource = t.(resource).soft

let set t resource ({ soft; hard } as limit) =
  if soft > hard then Errno.einval
  else if hard > t.(resource).hard then Errno.eperm
  else (
    t.(resource) <- limit;
    0)

let put_off t resource = t.(resource) <- { t.(resource) with soft = t.(resource).soft + 1 }

(* Two words; what no [int] is has no bound. *)
let size = 16

let is_ordered bytes = Int64.unsigned_compare (Bytes.get_int64_le bytes 0) (Bytes.get_int64_le bytes 8) <= 0

let decode bytes =
  let word at = Option.value (Int64.unsigned_to_int (Bytes.get_int64_le bytes at)) ~default:max_int in
  { soft = word 0; hard = word 8 }

let encode { soft; hard } =
  let bytes = Bytes.create size in
  let set at n = Bytes.set_int64_le bytes at (if n = max_int then -1L else Int64.of_int n) in
  set 0 soft;
  set 8 hard;
  bytes
