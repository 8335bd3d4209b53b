(* SPDX-License-Identifier: ISC
   Calls that the bare machine does not have (docs/system-calls.md) are refused with ENOSYS, and the program goes on.
   only: x86_64 aarch64 riscv64 *)

let attempt name f =
  match f () with
  | () -> Printf.printf "%s: works\n%!" name
  | exception Unix.Unix_error (ENOSYS, _, _) -> Printf.printf "%s: ENOSYS\n%!" name
  | exception Unix.Unix_error (e, _, _) -> Printf.printf "%s: %s\n%!" name (Unix.error_message e)

let () =
  attempt "socket" (fun () -> ignore (Unix.socket PF_INET SOCK_STREAM 0 : Unix.file_descr));
  attempt "socketpair" (fun () -> ignore (Unix.socketpair PF_UNIX SOCK_STREAM 0 : Unix.file_descr * Unix.file_descr));
  attempt "execv" (fun () -> Unix.execv "/bin/true" [| "true" |]);
  attempt "chroot" (fun () -> Unix.chroot "/tmp");
  print_endline "still here"
