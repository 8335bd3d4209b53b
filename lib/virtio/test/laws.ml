(* SPDX-License-Identifier: ISC
   The tests of the virtio library; on the host, since their devices are programs. *)

open! Queues
open! Drivers
open! Offload

let () = Picox_check.Check.run ()
