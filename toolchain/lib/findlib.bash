# SPDX-License-Identifier: ISC
# A findlib toolchain: the configuration in which `ocamlfind -toolchain NAME` and `dune build -x NAME` make programs
# for another architecture, beside the native OCaml that they make the build's own programs with.

# The name, which also begins the names of the target's programs. dune takes no '-' in it.
findlib_toolchain() { echo "$1_bactrian"; }

# write_cross_findlib_conf FOLDER...: etc/findlib.conf for the machine that builds (the packages of $native and of
# $build_libraries) and etc/findlib.conf.d/ for the target, whose packages are in these folders. dune wants each tool
# named in both.
write_cross_findlib_conf() {
  local t=$toolchain name folders
  folders=$(IFS=:; echo "$*")
  mkdir -p "$prefix/etc/findlib.conf.d"
  {
    sed -e '/^ocaml/d' -e "s,^path=\"\(.*\)\",path=\"\1:$build_libraries/lib\"," "$native/etc/findlib.conf"
    for name in ocamlc ocamlopt ocamldep ocamlmklib ocamlobjinfo; do echo "$name=\"$name\""; done
  } >"$prefix/etc/findlib.conf"
  {
    printf '%s(%s)="%s"\n' path "$t" "$folders" destdir "$t" "$1" stdlib "$t" "$1" ldconf "$t" ignore
    for name in ocamlc ocamlopt ocamldep ocamlmklib ocamlobjinfo; do echo "$name($t)=\"$t-$name\""; done
  } >"$prefix/etc/findlib.conf.d/$t.conf"
}
