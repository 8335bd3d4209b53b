(* SPDX-License-Identifier: ISC *)

(** A part of TOML 1.0: tables, and keys with texts, integers, floating-point numbers, booleans and lists of one line or
    several. Not there: dates, texts of several lines, inline tables, lists of tables, integers that are not decimal. What is
    not understood is an error, with its line.  Spec: [toml "TOML v1.0.0"] *)

type value =
  | Text of string
  | Integer of int
  | Float of float
  | Boolean of bool
  | List of value list

type entry = { key : string list; value : value; line : int }
(** [key] is with the names of its table in front. *)

type error = { line : int;  (** from 1 *) problem : string }

val parse : string -> (entry list, error) result
(** The entries in their order. No key is there twice, and no table has the name of a key. *)

val describe : value -> string
(** "a text" and so on. *)
