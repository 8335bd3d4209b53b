# SPDX-License-Identifier: ISC
# ocaml-library ARCH NAME: an OCaml library that versions.lock pins, built from its source for ARCH by dune. Its
# findlib package is lib/NAME; those that it needs are components of their own.


recipe_arguments() {
  arch=${1-}
  require_arch "$arch"
  [[ $arch != x86_64 ]] || die_usage "on x86_64, libraries are installed beside the compiler (opam, or Debian packages)"
  name=${2-}
  require_library "$name"
  entry=ocaml/library-$arch-$name
  about="building the OCaml library $name for $arch"
  estimate="20 s"
  needed_mib=100
  toolchain=$(findlib_toolchain "$arch")
}

inputs() {
  local needed
  lock_libraries "$name"
  lock_sources "$(library_source "$name")"
  "$here/provide" --print-key ocaml-cross "$arch"
  for needed in $(library_needs "$name"); do "$here/provide" --print-key ocaml-library "$arch" "$needed"; done
  hash_files "$here/lib/findlib.bash"
}

build() {
  local folders=() needed folder
  need cross ocaml-cross "$arch"
  need native ocaml
  need build_libraries ocaml-build-libraries
  # shellcheck disable=SC2046 # one word a library
  for needed in $(library_closure $(library_needs "$name")); do
    need folder ocaml-library "$arch" "$needed"
    folders+=("$folder/lib")
  done
  require_source "$(library_source "$name")"
  unpack_source "$work/source"
  build_with_dune "$cross/lib/ocaml" "${folders[@]}"
  [[ -f $prefix/lib/$name/META ]] || die "the source of $name installs no package of that name"
}

# build_with_dune FOLDER...: these hold the target's packages. The file NAME-TOOLCHAIN.install depends on all that is
# installed for the target, and on nothing that would be installed on this machine.
build_with_dune() {
  local prefix=$prefix
  (prefix=$work write_cross_findlib_conf "$@")
  cd "$work/source"
  step "building $name" env PATH="$cross/bin:$native/bin:$PATH" OCAMLFIND_CONF="$work/etc/findlib.conf" \
    DUNE_CACHE=disabled dune build --release --only-packages "$name" -x "$toolchain" -j "$jobs" \
    "$name-$toolchain.install"
  mkdir "$prefix/lib"
  cp -rL "_build/install/default.$toolchain/lib/$name" "$prefix/lib/"
}
