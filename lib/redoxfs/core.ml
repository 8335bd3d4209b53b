(* SPDX-License-Identifier: ISC *)

type bytes = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

external is_supported : unit -> bool = "redoxfs_is_supported"
external describe : int -> string = "redoxfs_describe"

(* By the places of redoxfs::Error. *)
let errors : Scheme.Error.t array =
  [|
    No_memory;
    Io;
    Io;
    Not_found;
    Exists;
    Not_directory;
    Is_directory;
    Not_empty;
    No_space;
    Name_too_long;
    Invalid;
    Read_only;
    Too_many_links;
    Too_large;
    Access;
    Access;
    Unsupported;
    Busy;
  |]

let error n = if n >= 1 && n <= Array.length errors then errors.(n - 1) else Io

type request = {
  mutable operation : int;
  mutable flags : int;
  mutable path : string;
  mutable second : string;
  mutable node : int;
  mutable offset : int;
  mutable length : int;
  mutable accessed_ns : int;
  mutable modified_ns : int;
  mutable error : int;
  mutable link : int;
  mutable link_at : int;
  mutable answer : int;
  mutable mode : int;
  mutable links : int;
  mutable size : int;
  mutable blocks : int;
  mutable changed_ns : int;
}

let empty () =
  {
    operation = 0;
    flags = 0;
    path = "";
    second = "";
    node = 0;
    offset = 0;
    length = 0;
    accessed_ns = 0;
    modified_ns = 0;
    error = 0;
    link = 0;
    link_at = 0;
    answer = 0;
    mode = 0;
    links = 0;
    size = 0;
    blocks = 0;
    changed_ns = 0;
  }

module Operation = struct
  let open_ = 0
  let stat_path = 1
  let make_directory = 2
  let unlink = 3
  let remove_directory = 4
  let rename = 5
  let link = 6
  let symbolic_link = 7
  let read_link = 8
  let read = 9
  let write = 10
  let append = 11
  let stat = 12
  let list = 13
  let truncate = 14
  let set_times = 15
  let drop = 16
  let sync = 17
  let usage = 18
end

module Flag = struct
  let follow = 1
  let create = 2
  let exclusive = 4
  let clear = 8
  let directory = 16
  let changes = 32
  let replace = 64
  let accessed = 128
  let modified = 256
end

type t = nativeint

external prepare : (int -> int -> int -> bool) -> Machine.Dma.t -> int -> t = "redoxfs_prepare"
external open_ : t -> bool -> string -> int = "redoxfs_open"
external format : t -> string -> int = "redoxfs_format"
external perform : t -> request -> bytes -> unit = "redoxfs_perform"
external close : t -> unit = "redoxfs_close"

let prepare ~transfer ~buffer ~blocks = prepare transfer buffer blocks
let open_ t ~writable ~password = open_ t writable password
let format t ~password = format t password
