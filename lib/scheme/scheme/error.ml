(* SPDX-License-Identifier: ISC *)

type t =
  | Access
  | Bad_handle
  | Broken_pipe
  | Busy
  | Cross_device
  | Exists
  | Invalid
  | Io
  | Is_directory
  | Name_too_long
  | Not_directory
  | Not_empty
  | Not_found
  | No_memory
  | No_space
  | Not_seekable
  | Out_of_range
  | Read_only
  | Server_gone
  | Timed_out
  | Too_large
  | Too_many_handles
  | Too_many_links
  | Unsupported
  | Would_block

let table =
  [
    (Access, 13, "permission denied");
    (Bad_handle, 9, "bad handle");
    (Broken_pipe, 32, "broken pipe");
    (Busy, 16, "busy");
    (Cross_device, 18, "in different schemes");
    (Exists, 17, "exists already");
    (Invalid, 22, "invalid argument");
    (Io, 5, "the device has failed, or what it holds is damaged");
    (Is_directory, 21, "is a directory");
    (Name_too_long, 36, "name too long");
    (Not_directory, 20, "not a directory");
    (Not_empty, 39, "directory not empty");
    (Not_found, 2, "no such file");
    (No_memory, 12, "no memory left");
    (No_space, 28, "no space left");
    (Not_seekable, 29, "cannot seek");
    (Out_of_range, 34, "number out of range");
    (Read_only, 30, "read only");
    (Server_gone, 19, "the server has ended");
    (Timed_out, 110, "timed out");
    (Too_large, 27, "too large");
    (Too_many_handles, 24, "too many handles");
    (Too_many_links, 40, "too many symbolic links");
    (Unsupported, 95, "not supported");
    (Would_block, 11, "would block");
  ]

let all = List.map (fun (t, _, _) -> t) table
let row t = List.find (fun (u, _, _) -> u = t) table

let to_string t =
  let _, _, text = row t in
  text

let errno t =
  let _, number, _ = row t in
  number

let of_errno number =
  List.find_map (fun (t, n, _) -> if n = number then Some t else None) table
