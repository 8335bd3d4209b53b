(* SPDX-License-Identifier: ISC *)

(** Communication and synchronization between fibers, on any scheduler.

    All may be used from any domain. Waiting needs a scheduler; releasing, signaling and filling do not, but for
    {!Mutex.unlock} with its checks. Optional arguments [?padded], [false] by default, give an object a cache line of its
    own: for few objects that live long. *)

module Mutex = Mutex
module Condition = Condition
module Semaphore = Semaphore
module Lock = Lock
module Rwlock = Rwlock
module Sem = Sem
module Barrier = Barrier
module Lazy = Lazy
module Latch = Latch
module Ivar = Ivar
module Stream = Stream
