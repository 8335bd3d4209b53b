(* SPDX-License-Identifier: ISC *)


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
