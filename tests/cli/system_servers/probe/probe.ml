(* SPDX-License-Identifier: ISC *)

(* Tries to reach what its manifest does not give it, and says what it has reached. *)

let tell name f = match f () with _ -> print_endline ("reaches " ^ name) | exception (Unix.Unix_error _ | Sys_error _) -> ()
let read path () = Unix.close (Unix.openfile path [ O_RDONLY ] 0)
let create path () = Unix.close (Unix.openfile path [ O_RDWR; O_CREAT ] 0o644)

let paths =
  [
    "/"; "/etc"; "/etc/motd"; "/etc/init.d/probe.toml"; "/bin/probe"; "/srv"; "/srv/other"; "/srv/other/secret"; "/srv/probe/../other/secret";
    "/srv/probe/out"; "/scheme/file/etc/motd"; "/scheme/console"; "/scheme/disk/virtio0"; "/scheme/servers/all"; "/scheme/power";
    "/scheme/sys/processes"; "/scheme/pci"; "/scheme/memory/new"; "/scheme/ticker/count"; "/scheme/polite"; "/dev/null"; "/proc/1"; "";
  ]

let () =
  List.iter (fun path -> tell ("to read " ^ path) (read path)) paths;
  List.iter (fun path -> tell ("to create " ^ path) (create path)) ("/srv/other/new" :: "/srv/new" :: "/scheme/new" :: paths);
  tell "to list /etc" (fun () -> Unix.opendir "/etc");
  tell "to remove /srv/other/secret" (fun () -> Unix.unlink "/srv/other/secret");
  tell "to rename its own directory" (fun () -> Unix.rename "/srv/probe" "/srv/probe2");
  tell "to rename a file out" (fun () -> Unix.rename "/srv/probe/mine" "/srv/other/mine");
  tell "to link" (fun () -> Unix.link "/srv/other/secret" "/srv/probe/secret");
  tell "to signal init's other servers" (fun () -> for pid = 1 to 10 do if pid <> Unix.getpid () then Unix.kill pid 0 done);
  tell "its own file" (read "/srv/probe/mine");
  tell "its own new file" (create "/srv/probe/new");
  tell "the clock" (read "/scheme/time/now");
  print_endline "has tried all"
