# SPDX-License-Identifier: ISC
# What every private OCaml looks like, however it was made:
#   bin/           what a user calls          libexec/       the real programs behind prebuilt ones
#   lib/ocaml/     the standard library and packages           etc/findlib.conf

write_findlib_conf() {
  mkdir -p "$prefix/etc"
  cat >"$prefix/etc/findlib.conf" <<TEXT
destdir="$final/lib/ocaml"
path="$final/lib/ocaml:$final/lib/ocaml/METAS"
stdlib="$final/lib/ocaml"
ldconf="$final/lib/ocaml/ld.conf"
ocamlc="ocamlc"
ocamlopt="ocamlopt"
ocamldep="ocamldep"
ocamldoc="ocamldoc"
TEXT
  echo "$final/lib/ocaml/stublibs" >"$prefix/lib/ocaml/ld.conf"
}

# launcher NAME LINE...: bin/NAME is a shell script of these lines.
launcher() {
  local file=$prefix/bin/$1
  shift
  printf '%s\n' '#!/bin/sh' '# SPDX-License-Identifier: ISC' "$@" >"$file"
  chmod +x "$file"
}

# For launchers: a native compiler with this entry's library folder. A prebuilt one sets OCAMLLIB itself and looks
# at the first variable; one from source looks at the second.
set_library() { echo "BACTRIAN_OCAMLLIB=$final/lib/ocaml OCAMLLIB=$final/lib/ocaml"; }

# check_ocaml: does the finished compiler in $prefix make a program that runs here? Its scripts name $final, which
# does not exist yet; so the check runs with $final as a link to the work in progress, under the entry's lock.
check_ocaml() {
  local folder=$work/check status=0
  rm -rf "$folder"
  mkdir "$folder"
  cp "$here"/ocaml/check/* "$folder/"
  ln -s "$prefix" "$final"
  logged env PATH="$final/bin:$PATH" bash "$here/ocaml/check.bash" "$folder" || status=1
  rm "$final"
  return "$status"
}
