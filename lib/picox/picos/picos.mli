(* SPDX-License-Identifier: ISC *)

(** The interface between schedulers and concurrent libraries: triggers, computations, fibers.

    A scheduler implements five effects; everything else (locks, promises, structured scopes) is a library that runs on
    any scheduler. This is the interface of Picos, implemented anew: a program written for Picos compiles and behaves
    the same on it. Nothing here depends on threads, on time or on an operating system.

    Unless a function says otherwise it is safe to call from any domain, thread or signal handler, needs no scheduler
    and does not block; those of {!Trigger} and {!Computation} are lock-free.

    {1:contract The contract of a scheduler}

    + It handles exactly {!Trigger.Await}, {!Computation.Cancel_after}, {!Fiber.Current}, {!Fiber.Yield} and
      {!Fiber.Spawn}, and lets all other effects pass.
    + [Current] answers the fiber and never propagates cancelation.
    + [Yield] discontinues the fiber if it is canceled and permits that; other ready fibers run first.
    + [Spawn] checks cancelation before, and is all or nothing: if it returns then [main] will be called, even if the
      computation of the new fiber is canceled already; if it raises then [main] never is.
    + [Cancel_after] checks cancelation, cancels the computation at the deadline of a monotonic clock, and frees the
      timer when the computation completes before that.
    + [Await] never discontinues. While the fiber is suspended the trigger is attached to its computation if the fiber
      permits cancelation ({!Fiber.try_suspend}). The action that resumes it calls {!Fiber.unsuspend}; it may run in
      any thread, in a signal handler, and so is quick, does not raise and performs no effects. A canceled fiber has
      priority. Whether it is canceled is read as late as possible ({!Fiber.resume}).
    + When a fiber resumes its trigger is signaled. It resumes exactly once.
    + A fiber may move between threads and domains from one effect to the next; plain writes of the fiber are visible
      to it after that.
    + An exception out of [main] is fatal: the scheduler stops without discontinuing other fibers.
    + The scheduler returns after the main fiber and all spawned ones have.
    + Every ready fiber runs eventually.
    + A scheduler for one thread needs no threads library. *)

module Trigger : sig
  (** One-shot wake-ups.

      A trigger is {e initial}, may become {e awaiting} when a scheduler attaches an action, and ends {e signaled}. A
      signaled trigger is two words and keeps nothing alive. *)

  type t

  val signaled : t
  (** A trigger that is signaled already. *)

  val create : unit -> t
  (** A new initial trigger. *)

  val is_signaled : t -> bool
  (** [true] iff the trigger is signaled. *)

  val is_initial : t -> bool
  (** [true] if the trigger is initial, [false] if it is signaled.
      @raise Invalid_argument if it is awaiting, which means that it is used by two. *)

  val await : t -> (exn * Printexc.raw_backtrace) option
  (** Suspends the fiber until the trigger is signaled: [None]. [Some (exn, bt)] means that the fiber has been
      canceled: undo what was done to be woken, then raise [exn]. On a signaled trigger it is [None] at once, without
      an effect and so without a look at cancelation. Only the owner of a trigger awaits it, once.
      @raise Invalid_argument if the trigger is awaiting. *)

  val signal : t -> unit
  (** Makes the trigger signaled; the first to do so runs the attached action, if any, in its own context. Idempotent.
      Never call it in the effect handler of a scheduler. *)

  (** {1 For schedulers} *)

  val on_signal : t -> 'x -> 'y -> (t -> 'x -> 'y -> unit) -> bool
    [@@alert
      handler
        "Only the Await handler of a scheduler attaches actions to triggers. Annotate it with [@alert \"-handler\"]."]
  (** [on_signal t x y action] is [true] if the trigger was initial: it is now awaiting and will run [action t x y] when
      signaled. [false] if it is signaled.
      @raise Invalid_argument if it is awaiting. *)

  val from_action : 'x -> 'y -> (t -> 'x -> 'y -> unit) -> t
    [@@alert
      handler "This makes a trigger with an action of its own. Those who know why annotate [@alert \"-handler\"]."]
  (** A trigger born awaiting: it can only be signaled, or attached to computations. The action must be quick, must
      not raise and must not perform effects. *)

  val dispose : t -> unit
  (** Makes an initial trigger signaled, as the scheduler of a canceled fiber does; nothing if it is signaled.
      @raise Invalid_argument if it is awaiting. *)

  type _ Effect.t += private Await : t -> (exn * Printexc.raw_backtrace) option Effect.t
end

module Computation : sig
  (** Cancelable computations.

      {[
        open Picos

        let () =
          let answer = Computation.create () and told = ref false in
          let trigger = Trigger.create () in
          assert (Trigger.on_signal trigger () () (fun _ () () -> told := true) [@alert "-handler"]);
          assert (Computation.try_attach answer trigger);
          assert (Computation.try_return answer 42);
          assert (not (Computation.try_return answer 43));
          assert (!told && Computation.peek answer = Some (Ok 42))
      ]}

      A computation is {e running} until it is either {e returned} with a value or {e canceled} with an exception;
      the first to complete it wins, and a completed one stays as it is. Triggers attached to a running computation
      are signaled at its completion by who completes it. Attaching and detaching cost constant amortised time, and
      detached triggers never outnumber the attached ones for long. *)

  type !'a t

  val create : ?mode:[ `FIFO | `LIFO ] -> unit -> 'a t
  (** A running computation. At completion triggers are signaled in the order in which they were attached ([`FIFO], the
      default) or in the reverse. *)

  val returned : 'a -> 'a t
  (** A computation that has returned the value. *)

  val finished : unit t
  (** [returned ()], always the same one. *)

  val try_return : 'a t -> 'a -> bool
  (** Completes a running computation with the value: [true]. [false] if it was completed before. *)

  val return : 'a t -> 'a -> unit
  (** {!try_return}, whoever wins. *)

  val try_finish : unit t -> bool
  (** [try_finish t] is [try_return t ()]. *)

  val finish : unit t -> unit
  (** [finish t] is [return t ()]. *)

  val try_capture : 'a t -> ('b -> 'a) -> 'b -> bool
  (** [try_capture t f x] runs [f x] and completes [t] with what comes of it: value or exception, none passes. *)

  val capture : 'a t -> ('b -> 'a) -> 'b -> unit
  (** {!try_capture}, whoever wins. *)

  (** Transactions: complete several computations, all or none. Of two that conflict at least one is aborted, and any
      plain completion, attachment or detachment that meets an unfinished transaction aborts it, so no operation ever
      waits for a transaction (it is obstruction-free: retry with a back-off). What is tentative is not visible. A
      transaction is used by one thread. *)
  module Tx : sig
    type 'a computation := 'a t

    val same : _ computation -> _ computation -> bool
    (** Whether the two are one and the same; completing one twice in a transaction aborts it. *)

    type t

    val create : unit -> t
    (** A transaction of nothing yet. *)

    val try_return : t -> 'a computation -> 'a -> bool
    (** Adds a completion by a value. [false]: the transaction is aborted, because the computation is completed or
        another operation came between; nothing has taken effect.
        @raise Invalid_argument if the transaction is committed. *)

    val try_cancel : t -> 'a computation -> exn -> Printexc.raw_backtrace -> bool
    (** Adds a completion by cancelation, in the same way. *)

    val try_commit : t -> bool
    (** Makes all completions take effect at once, then signals the triggers: [true]. [false]: the transaction is
        aborted, nothing has taken effect.
        @raise Invalid_argument if the transaction is committed. *)
  end

  type packed = Packed : 'a t -> packed  (** A computation of some type. *)

  val try_cancel : 'a t -> exn -> Printexc.raw_backtrace -> bool
  (** Cancels a running computation: [true]. [false] if it was completed before. *)

  val cancel : 'a t -> exn -> Printexc.raw_backtrace -> unit
  (** {!try_cancel}, whoever wins. *)

  val cancel_after : 'a t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
  (** Asks the scheduler to cancel the computation [seconds] from now unless it completes before.
      @raise Invalid_argument if [seconds] is negative or not a number, or too large for the scheduler. *)

  val is_running : 'a t -> bool

  val is_canceled : 'a t -> bool

  val canceled : 'a t -> (exn * Printexc.raw_backtrace) option
  (** The exception with which it is canceled; [None] while it is running and when it has returned. *)

  val check : 'a t -> unit
  (** Raises that exception, with its backtrace, if it is canceled. *)

  val peek : 'a t -> ('a, exn * Printexc.raw_backtrace) result option
  (** How it has completed; [None] while it is running. *)

  exception Running

  val peek_exn : 'a t -> 'a
  (** The value returned.
      @raise Running if it is running; if it is canceled, raises its exception with its backtrace. *)

  val try_attach : 'a t -> Trigger.t -> bool
  (** [true]: the trigger will be signaled at completion. [false]: not attached, because the computation is completed
      or the trigger is signaled. *)

  val detach : 'a t -> Trigger.t -> unit
  (** Signals the trigger, then removes it. Every trigger that was attached must be detached, or what it needs to be
      signaled with stays until the computation completes. *)

  val await : 'a t -> 'a
  (** Waits for the completion, then {!peek_exn}. On a completed one no effect is performed. Raises the exception of the
      awaiting fiber if that is canceled meanwhile. *)

  val wait : _ t -> unit
  (** Waits for the completion, however it ends. *)

  val canceler : from:_ t -> into:_ t -> Trigger.t
  (** A trigger that, when signaled, cancels [into] as [from] is canceled (a return is not passed on). Attach it to
      [from]. *)

  val attach_canceler : from:_ t -> into:_ t -> Trigger.t
  (** {!canceler}, attached. If [from] is canceled, raises its exception.
      @raise Invalid_argument if [from] has returned. *)

  val with_action : ?mode:[ `FIFO | `LIFO ] -> 'x -> 'y -> (Trigger.t -> 'x -> 'y -> unit) -> 'a t
    [@@alert
      handler "This makes a computation with an action of its own. Those who know why annotate [@alert \"-handler\"]."]
  (** A running computation to which {!Trigger.from_action} of the same arguments is attached. *)

  type _ Effect.t +=
    private
    | Cancel_after : {
        seconds : float;  (** not negative, not NaN *)
        exn : exn;
        bt : Printexc.raw_backtrace;
        computation : 'a t;
      }
        -> unit Effect.t
end

module Fiber : sig
  (** Threads of execution that a scheduler runs. *)

  val yield : unit -> unit
  (** Lets other ready fibers run. Raises if the fiber is canceled. *)

  val sleep : seconds:float -> unit
  (** Suspends the fiber for that time. Raises as {!Computation.cancel_after} does, and if the fiber is canceled. *)

  type t
  (** A fiber: a flag that forbids cancelation, the computation that it belongs to, and its local storage. Only the
      fiber itself and its scheduler may use it, and, before it is spawned, its maker; not thread-safe. *)

  type fiber := t

  val current : unit -> t
  (** The fiber that asks. Does not raise for cancelation. *)

  val has_forbidden : t -> bool
  (** Whether the fiber currently forbids the propagation of cancelation. *)

  val forbid : t -> (unit -> 'a) -> 'a
  (** [forbid t body] runs [body] with cancelation forbidden, and restores the flag (it is no counter). *)

  val permit : t -> (unit -> 'a) -> 'a
  (** [permit t body] runs [body] with cancelation permitted, and restores the flag. *)

  val is_canceled : t -> bool
  (** Whether the fiber's computation is canceled and the fiber permits that. *)

  val canceled : t -> (exn * Printexc.raw_backtrace) option
  (** The exception in that case. *)

  val check : t -> unit
  (** Raises it in that case. *)

  val exchange : t -> forbid:bool -> bool
  (** Sets the flag and is its value from before. *)

  val set : t -> forbid:bool -> unit
  (** Sets the flag. *)

  (** Fiber-local storage. *)
  module FLS : sig
    type fiber := t
    type 'a t  (** A key. Keys are never freed: create them once, at the start of the program. *)

    val create : unit -> 'a t

    exception Not_set

    val get_exn : fiber -> 'a t -> 'a
    (** @raise Not_set if the fiber has no value for the key. *)

    val get : fiber -> 'a t -> default:'a -> 'a
    val set : fiber -> 'a t -> 'a -> unit
    val remove : fiber -> 'a t -> unit

    val reserve : fiber -> 'a t -> unit
    (** Makes room, so that a later {!set} of the key does not allocate. *)
  end

  val create_packed : forbid:bool -> Computation.packed -> t
  (** A new fiber of the computation. *)

  val create : forbid:bool -> 'a Computation.t -> t
  (** [create ~forbid c] is [create_packed ~forbid (Packed c)]. *)

  val spawn : t -> (t -> unit) -> unit
  (** [spawn fiber main] asks the scheduler to run [main fiber] as a fiber. All or nothing, see the contract. A fiber is
      spawned at most once; [main] must not raise, which would be fatal. Raises if the spawning fiber is canceled. *)

  val get_computation : t -> Computation.packed
  (** The fiber's computation, physically what was given last. *)

  val set_computation : t -> Computation.packed -> unit
  (** Makes the fiber belong to another computation, as scopes do. *)

  val equal : t -> t -> bool
  (** Physical equality. *)

  (** An optional fiber that takes no memory. *)
  module Maybe : sig
    type t

    val nothing : t
    val of_fiber : fiber -> t

    val to_fiber : t -> fiber
    (** @raise Invalid_argument on {!nothing}. *)

    val current_if : bool option -> t
    (** {!nothing} for [Some false], else the current fiber. *)

    val current_and_check_if : bool option -> t
    (** {!current_if}, then {!check}. *)

    val or_current : t -> t
    (** The current fiber for {!nothing}. *)

    val to_fiber_or_current : t -> fiber

    val check : t -> unit
    (** [Fiber.check] unless {!nothing}. *)

    val equal : t -> t -> bool
    (** Whether the two are equal {e or either is} {!nothing}. *)

    val unequal : t -> t -> bool
    (** Whether the two are different {e or the first is} {!nothing}. *)
  end

  (** {1 For schedulers} *)

  val try_suspend : t -> Trigger.t -> 'x -> 'y -> (Trigger.t -> 'x -> 'y -> unit) -> bool
  (** [try_suspend t trigger x y resume]: [true] if the fiber is suspended, and [resume trigger x y] will be called
      once, perhaps already; attached to the fiber's computation if the fiber permits cancelation. [false] if the
      trigger is signaled: the fiber is to be resumed by the caller. *)

  val unsuspend : t -> Trigger.t -> bool
  (** Ends what {!try_suspend} began. [false] iff the fiber is canceled and permits that: give it priority.
      @raise Invalid_argument if the trigger is not signaled. *)

  val resume : t -> ((exn * Printexc.raw_backtrace) option, 'r) Effect.Deep.continuation -> 'r
  (** Continues a fiber that awaited, with its cancelation. *)

  val resume_with :
    t -> ((exn * Printexc.raw_backtrace) option, 'b) Effect.Shallow.continuation -> ('b, 'r) Effect.Shallow.handler -> 'r
  (** {!resume} for shallow handlers. *)

  val continue : t -> ('v, 'r) Effect.Deep.continuation -> 'v -> 'r
  (** Continues the fiber with the value, or discontinues it if it is canceled and permits that. *)

  val continue_with : t -> ('v, 'b) Effect.Shallow.continuation -> 'v -> ('b, 'r) Effect.Shallow.handler -> 'r
  (** {!continue} for shallow handlers. *)

  type _ Effect.t += private Current : t Effect.t
  type _ Effect.t += private Yield : unit Effect.t

  type _ Effect.t +=
    private
    | Spawn : { fiber : t; main : t -> unit } -> unit Effect.t  (** [main] is to be called with [fiber] *)
end

module Handler : sig
  (** Schedulers that can block where they are called, such as one with a thread for each fiber. *)

  type 'c t = {
    current : 'c -> Fiber.t;
    spawn : 'c -> Fiber.t -> (Fiber.t -> unit) -> unit;
    yield : 'c -> unit;
    cancel_after : 'a. 'c -> 'a Computation.t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit;
    await : 'c -> Trigger.t -> (exn * Printexc.raw_backtrace) option;
  }
  (** What to do on each effect, given a context ['c]; [await] must not raise, what the others raise is raised in the
      fiber. *)

  val using : 'c t -> 'c -> (Fiber.t -> unit) -> unit
  (** [using handler context main] runs [main (handler.current context)] with the effects handled so. *)
end
