# SPDX-License-Identifier: ISC
# ocaml-build-libraries: packaged libraries that the build programs of other libraries use (dune-configurator). They
# are for this machine, beside the private native OCaml. Where they cannot be had, or do not fit a native OCaml that was
# built from source, there are none: few libraries want them.

source "$here/ocaml/prebuilt.bash"

recipe_arguments() {
  entry=ocaml/build-libraries
  about="setting up dune-configurator"
  estimate="5 s"
  needed_mib=20
}

inputs() {
  lock_set_lines ocaml-build-libraries
  "$here/provide" --print-key ocaml
}

build() {
  local members
  need native ocaml
  while read -r members; do
    if fetch_items $members && unpack_set $members && check_configurator; then
      mv "$work/unpacked/usr/lib/x86_64-linux-gnu/ocaml/5.4.1" "$prefix/lib"
      return
    fi
  done < <(lock_sets ocaml-build-libraries)
  mkdir "$prefix/lib"
  say "dune-configurator cannot be had: libraries whose build programs use it will not build ($log says why;" \
    "rm -r $final to try again)"
}

# Compiled libraries fit one compiler only.
check_configurator() {
  local lib=$work/unpacked/usr/lib/x86_64-linux-gnu/ocaml/5.4.1
  echo 'let () = ignore Configurator.V1.Flags.write_sexp' >"$work/check.ml"
  logged "$native/bin/ocamlopt" -I +unix -I "$lib/csexp" -I "$lib/dune-configurator" unix.cmxa csexp.cmxa \
    configurator.cmxa "$work/check.ml" -o "$work/check"
}
