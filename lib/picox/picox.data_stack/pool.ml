(* SPDX-License-Identifier: ISC *)

type memory = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

(* The numbers of buffers that nobody has are in a data stack, too. *)
type t = { memory : memory; size : int; count : int; free : Ring.t }
type buffer = { pool : t; number : int Atomic.t  (** [nobody's]: it has changed hands *) }

let nobody's = -1
let one number = [| 0; number; 0; 0 |]

let create ~size ~count =
  if size <= 0 then invalid_arg "Pool.create: size must be positive";
  let free = Ring.create count in
  for number = 0 to count - 1 do
    ignore (Ring.put free (one number) 1)
  done;
  { memory = Bigarray.Array1.create Char C_layout (size * count); size; count; free }

let is_of t buffer = buffer.pool == t
let size t = t.size
let available t = Ring.depth t.free
let own t number = if 0 <= number && number < t.count then Some { pool = t; number = Atomic.make number } else None

let take t =
  let item = one 0 in
  if Ring.get t.free item 1 = 1 then own t item.(1) else None

let gone () = invalid_arg "Pool: the buffer has changed hands"

let release buffer =
  let number = Atomic.exchange buffer.number nobody's in
  if number = nobody's then gone ();
  number

let retake buffer number = Atomic.set buffer.number number

(* There is room for all of them, but perhaps where another domain, in the middle of a take, is about to leave. *)
let rec put_back pool item =
  if Ring.put pool.free item 1 = 0 then begin
    Domain.cpu_relax ();
    put_back pool item
  end

let give_back buffer = put_back buffer.pool (one (release buffer))
let is_owned buffer = Atomic.get buffer.number <> nobody's
let length buffer = buffer.pool.size

(* Where the bytes are. *)
let place buffer offset count =
  let number = Atomic.get buffer.number in
  if number = nobody's then gone ();
  if offset < 0 || count < 0 || offset > buffer.pool.size - count then invalid_arg "Pool: outside of the buffer";
  (number * buffer.pool.size) + offset

let get buffer offset = buffer.pool.memory.{place buffer offset 1}
let set buffer offset char = buffer.pool.memory.{place buffer offset 1} <- char

let blit_from_string string from buffer offset count =
  let at = place buffer offset count in
  if from < 0 || from > String.length string - count then invalid_arg "Pool.blit_from_string";
  for i = 0 to count - 1 do
    buffer.pool.memory.{at + i} <- String.unsafe_get string (from + i)
  done

let blit_to_bytes buffer offset bytes into count =
  let at = place buffer offset count in
  if into < 0 || into > Bytes.length bytes - count then invalid_arg "Pool.blit_to_bytes";
  for i = 0 to count - 1 do
    Bytes.unsafe_set bytes (into + i) buffer.pool.memory.{at + i}
  done
