# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Real Limine, of whatever version LIMINE_DIR has: a disk image with 1, 2 and 4 CPUs.

cat >odd.ml <<'END'
let () =
  print_endline (String.concat "," (Array.to_list Sys.argv));
  let cpus = Domain.recommended_domain_count () in
  let work () = List.fold_left ( + ) 0 (List.init 10000 Fun.id) in
  let sums = List.map Domain.join (List.init cpus (fun _ -> Domain.spawn work)) in
  Printf.printf "%d CPUs, %d\n" cpus (List.fold_left ( + ) 0 sums / cpus);
  (* The clock came from somewhere, and memory is what the loader has told of. *)
  Printf.printf "%b\n" (Unix.gettimeofday () > 1.6e9);
  Printf.printf "%d\n" (Bytes.length (Bytes.create 40_000_000));
  (match In_channel.input_line stdin with Some line -> print_endline line | None -> print_endline "no input");
  prerr_endline "to stderr";
  exit 7
END
cat >odd.toml <<'END'
kind = "program"
program = "odd.ml"
packages = ["unix"]
args = ["a b", "c"]
END

limine_needs() { # FILE
  [ -n "${LIMINE_DIR-}" ] || skip "LIMINE_DIR is not set: Limine itself is in no package of Debian's"
  [ -e "$LIMINE_DIR/$1" ] || skip "LIMINE_DIR has no $1"
}

limine_boots() { # ARCH HOW [FLAG...]
  local arch=$1 how=$2 cpus
  shift 2
  [ -e "$arch.img" ] || { bactrian image --arch "$arch" odd.toml -o "$arch.img" && expect_status 0; }
  for cpus in 1 2 4; do
    echo "a line" >input
    bactrian run --timeout 120 --cpus $cpus --boot "$how" "$@" "$arch.img" <input
    expect_status 7 && expect_out "odd,a b,c
$cpus CPUs, 49995000
true
40000000
a line"
    [ "$(cat err)" = "to stderr" ] || fails "$how on $arch: stderr is not the program's"
  done
}
