# SPDX-License-Identifier: ISC
# ocaml-libraries ARCH NAME...: these libraries (see ocaml-library) and all that they need, as one folder for findlib.

recipe_arguments() {
  arch=${1-}
  require_arch "$arch"
  shift
  (($#)) || die_usage "which libraries? toolchain/versions.lock has: $(library_names)"
  for name in "$@"; do require_library "$name"; done
  names=$(library_closure "$@")
  entry=ocaml/libraries-$arch
  about="collecting OCaml libraries for $arch"
  estimate="1 s, besides building them"
  needed_mib=1
}

inputs() {
  local name
  for name in $names; do "$here/provide" --print-key ocaml-library "$arch" "$name"; done
}

build() {
  local name folder
  mkdir "$prefix/lib"
  for name in $names; do
    need folder ocaml-library "$arch" "$name"
    ln -s "$folder/lib/$name" "$prefix/lib/$name"
  done
}
