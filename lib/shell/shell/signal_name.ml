(* SPDX-License-Identifier: ISC *)

let names =
  [
    "HUP"; "INT"; "QUIT"; "ILL"; "TRAP"; "ABRT"; "BUS"; "FPE"; "KILL"; "USR1"; "SEGV"; "USR2"; "PIPE"; "ALRM"; "TERM"; "STKFLT"; "CHLD";
    "CONT"; "STOP"; "TSTP"; "TTIN"; "TTOU"; "URG"; "XCPU"; "XFSZ"; "VTALRM"; "PROF"; "WINCH"; "IO"; "PWR"; "SYS";
  ]

let all = List.mapi (fun i name -> (name, i + 1)) names
let highest = 64

let decode text =
  match int_of_string_opt text with
  | Some n -> if n >= 0 && n <= highest then Some n else None
  | None ->
      let name = String.uppercase_ascii text in
      let bare = if String.starts_with ~prefix:"SIG" name then String.sub name 3 (String.length name - 3) else name in
      List.assoc_opt bare all
