(* SPDX-License-Identifier: ISC *)

(** A scheme that can be put into namespaces, and who serves it.

    A scheme is served {e directly}, by a function that runs in the fibers of its clients, or by a fiber, its {e server}.
    Whatever becomes of a server, whoever has asked it gets an answer: when the fiber ends, because it is canceled, or
    because a function of its raises, all that it was asked and has not answered fails with [Server_gone], and so does
    all that is asked later, until another fiber serves the scheme. Handles of a server that has ended stay dead. *)

type t

type implementation = Handle.t Request.scheme

val direct : implementation -> t
(** A scheme that is always served. Its functions run in many fibers at once. If one raises, the client gets
    [Server_gone]; the cancelation of the client passes. *)

val create : unit -> t
(** A scheme that nobody serves yet. *)

(** How the requests of a server follow each other. *)
type mode =
  | Serial  (** one after another, in the server's fiber. None may wait for long. *)
  | Concurrent  (** each in a fiber of its own, which is canceled when the client is *)

type server

val serve : ?mode:mode -> ?ready:(unit -> unit) -> t -> (server -> implementation) -> unit
(** Serves the scheme in this fiber until {!stop} (then it returns), until the fiber is canceled, or until a function of the
    implementation raises (then it raises the same). Then all fibers that it made for requests are canceled, and it
    waits until they have ended. [mode] is [Concurrent] by default. [ready] is called when the scheme is served.
    @raise Invalid_argument if somebody else serves it. *)

val stop : t -> unit
(** Ends the server, if there is one. *)

val is_served : t -> bool

val number : t -> int
(** Which service that is: positive, and no other one's. *)

val handle :
  server -> ?read:bool -> ?write:bool -> ?budget:Budget.t -> Handle.file -> (Handle.t, Error.t) result
(** A handle to put into the answer of a [Call], whose requests the server will get. *)

val ask : t -> (Handle.t, 'a) Request.by_path -> ((Handle.t, 'a) Request.answer, Error.t) result
(** Asks the scheme; for namespaces. *)
