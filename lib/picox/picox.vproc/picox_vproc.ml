(* SPDX-License-Identifier: ISC *)

include Picox_task.Of (struct
  let its_class = Picox_classes.Vproc
end)
