(* SPDX-License-Identifier: ISC *)

(** What a server is: a program, what it is given, and how it is looked after. A file of [/etc/init.d].

    {v
    program = "/bin/clock"            # in the file system
    arguments = ["--every", "1"]      # without its name
    after = ["ticker"]                # servers that are up before
    restart = "on-failure"            # or "always" (the default), "never"
    pause = 0.1                       # seconds before the first restart; each further one in a row takes twice as long
    longest_pause = 10.0              # up to this

    [environment]
    LANG = "C"

    [namespace]
    schemes = ["log", "time"]         # what it reaches; nothing else
    directories = ["/srv/clock"]      # of the scheme file
    read_only = ["file"]              # of these schemes
    serves = ["clock"]                # schemes that it may create
    devices = ["net/virtio0"]         # that it has to itself, below /scheme/device

    [limits]                          # of what it and all that it forks use together; none: what the kernel gives
    memory = "64 MiB"                 # or "KiB", "GiB", or bytes
    handles = 100
    tasks = 10                        # threads and processes
    cpu = 0.5                         # of the machine's CPUs: a half of one
    weight = 200                      # its part of the CPUs, where others want them, too; usually 100, from 1 to 10000

    [health]
    scheme = "clock"                  # up when this is served
    within = 5.0                      # seconds, else it has failed
    check = "now"                     # a path of the scheme: it is asked about it, and ended if no answer comes within that time
    every = 10.0                      # seconds
    v} *)

type restart = Always | On_failure | Never

type t = {
  name : string;
  program : string;
  arguments : string list;
  environment : (string * string) list;
  after : string list;
  restart : restart;
  pause : float;
  longest_pause : float;
  schemes : string list;
  directories : string list;
  read_only : string list;
  serves : string list;
  devices : string list;
  memory : int option;  (** bytes *)
  handles : int option;
  tasks : int option;
  cpu : float option;
  weight : int option;
  health : string option;  (** the scheme that must be served; of [serves] *)
  health_within : float;
  check : string option;
  check_every : float;
}

type error = { file : string; line : int;  (** 0: the whole file *) problem : string }

val error_text : error -> string
(** "FILE:LINE: PROBLEM". *)

val parse : file:string -> name:string -> string -> (t, error) result
(** The manifest of a text, decoded completely: unknown names, wrong types and missing ones are errors. *)

val in_order : t list -> (t list, error) result
(** Each behind those that it is {!field-after}. Error: one that is not there, or a circle. *)
