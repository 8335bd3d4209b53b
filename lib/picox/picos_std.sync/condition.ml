(* SPDX-License-Identifier: ISC *)

include Conditions

let wait t mutex = wait t ~release:(fun mutex -> Mutex.unlock mutex) ~acquire:(fun mutex -> Mutex.lock mutex) mutex
