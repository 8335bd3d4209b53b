(* SPDX-License-Identifier: ISC *)

let all = List.sort (fun (a, _) (b, _) -> String.compare a b) (File_commands.all @ Text_commands.all @ System_commands.all)
