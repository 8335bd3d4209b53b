(* SPDX-License-Identifier: ISC *)

type kind = File | Directory | Link | Stream | Event_set

type t = {
  kind : kind;
  id : int;
  size : int;
  allocated : int;
  links : int;
  read_only : bool;
  accessed_ns : int;
  modified_ns : int;
  changed_ns : int;
  created_ns : int;
  lends : bool;
}

type entry = { name : string; kind : kind; id : int }

let make ?(size = 0) ?(id = 0) ?(read_only = false) ?(lends = false) kind =
  {
    kind;
    id;
    size;
    allocated = size;
    links = 1;
    read_only;
    accessed_ns = 0;
    modified_ns = 0;
    changed_ns = 0;
    created_ns = 0;
    lends;
  }
