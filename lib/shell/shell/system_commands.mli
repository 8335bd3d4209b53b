(* SPDX-License-Identifier: ISC *)

(** Commands about the system, by the schemes [sys], [log], [pci] and [time]: clear, date, df, dmesg, env, free, kill, lspci,
    ps, sleep, test ([[]), top, uname, uptime. *)

val all : (string * Process.command) list
