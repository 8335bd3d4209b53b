#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Programs as processes print what they print on the bare machine: the hosted build, in user mode under lib/process.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

root=${BASH_SOURCE[0]%/*}/../..

cat >stops.ml <<'END'
let () =
  print_endline "before";
  match Sys.argv with
  | [| _; "code"; n |] -> exit (int_of_string n)
  | _ -> print_int (Sys.opaque_identity (Obj.magic 16 : int ref)).contents
END

cat >forks.ml <<'END'
let check what holds = Printf.printf "%s: %b\n%!" what holds

let child_status f =
  match Unix.fork () with
  | 0 ->
      f ();
      Unix._exit 99
  | pid -> snd (Unix.waitpid [] pid)

let copies () =
  let mine = ref 1 and big = Bytes.make 300_000 'p' in
  let r, w = Unix.pipe () in
  let status =
    child_status (fun () ->
        mine := 2;
        Bytes.fill big 0 300_000 'c';
        ignore (Unix.write_substring w (if Bytes.contains big 'p' then "bad" else "good") 0 4);
        Unix._exit 7)
  in
  Unix.close w;
  let text = Bytes.create 100 in
  let count = Unix.read r text 0 100 in
  check "what the child wrote" (Bytes.sub_string text 0 count = "good");
  check "the end of a pipe" (Unix.read r text 0 100 = 0);
  check "a status" (status = Unix.WEXITED 7);
  check "memory of its own" (!mine = 1 && not (Bytes.contains big 'c'));
  Unix.close r

let () =
  match Sys.argv with
  | [| _; "again"; n |] -> exit (int_of_string n + 1)
  | _ ->
      copies ();
      let pids =
        List.init 10 (fun i -> match Unix.fork () with 0 -> Unix._exit i | pid -> pid)
      in
      let all = List.map (fun _ -> Unix.wait ()) pids in
      check "ten children" (List.sort compare (List.map fst all) = List.sort compare pids);
      check "each with its status"
        (List.for_all (fun (pid, status) -> status = Unix.WEXITED (List.assoc pid (List.mapi (fun i p -> (p, i)) pids))) all);
      check "no child left" (match Unix.wait () with _ -> false | exception Unix.Unix_error (Unix.ECHILD, _, _) -> true);
      check "another program" (child_status (fun () -> Unix.execv "/forks" [| "forks"; "again"; "41" |]) = Unix.WEXITED 42);
      check "no such program"
        (child_status (fun () -> try Unix.execv "/nothing" [| "x" |] with Unix.Unix_error (Unix.ENOENT, _, _) -> Unix._exit 5)
        = Unix.WEXITED 5);
      let rec grandchildren n = if n = 0 then 0 else
        match child_status (fun () -> Unix._exit (grandchildren (n - 1) + 1)) with Unix.WEXITED m -> m | _ -> 100
      in
      check "five generations" (grandchildren 5 = 5);
      check "killed" (child_status (fun () -> Unix.kill (Unix.getpid ()) Sys.sigkill) = Unix.WSIGNALED Sys.sigkill);
      (* One that stays: it ends with its parent. *)
      if Unix.fork () = 0 then while true do () done;
      print_endline "the end"
END

echo given >given

for arch in x86_64 aarch64 riscv64; do
  for name in hello domains threads; do
    bactrian run --as process --arch $arch --cpus 2 --timeout 240 "$root/tests/system/$name.ml"
    expect_status 0
    cmp -s out "$root/tests/system/$name.expected" || fails "$name on $arch prints something else"
  done
  bactrian run --as process --arch $arch --cpus 2 --timeout 240 forks.ml
  expect_status 0
  ! grep -q false out && [ "$(tail -1 out)" = "the end" ] || fails "forks on $arch"
  bactrian run --as process --arch $arch --timeout 240 --file given "$root/tests/cli/process/uses_files.ml" \
    < <(echo "the end")
  expect_status 0
  ! grep -q false out && grep -qx "script /tmp/script a" out && [ "$(tail -1 out)" = "the end" ] || fails "uses_files on $arch"
  for name in takes_signals shares_memory; do
    bactrian run --as process --arch $arch --cpus 2 --timeout 240 "$root/tests/cli/process/$name.ml"
    expect_status 0
    ! grep -q false out && [ "$(tail -1 out)" = "the end" ] || fails "$name on $arch"
  done
  bactrian build --arch $arch --target hosted -o program stops.ml
  expect_status 0
  bactrian run --as process --timeout 120 program code 42
  expect_status 42 && expect_out before
  bactrian run --as process --timeout 120 program
  expect_status 139 && expect_out before
  expect_err "(/program) ends by signal 11: " && expect_err " reads 0x21, where nothing is"
  head -c 1000 program >half
  bactrian run --arch $arch --timeout 120 --file half "$root/examples/process" /half
  expect_status 126 && expect_err "cut off"
done
