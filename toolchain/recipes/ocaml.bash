# SPDX-License-Identifier: ISC
# ocaml: the private native OCaml, with ocamlfind and dune, for machines that have none. Debian's prebuilt packages
# are unpacked privately; where they cannot be had or do not run, the same version is built from source.

source "$here/ocaml/prebuilt.bash"
source "$here/ocaml/from-source.bash"
source "$here/ocaml/layout.bash"

recipe_arguments() {
  entry=ocaml/native
  about="setting up a private OCaml 5.4.1 with dune"
  estimate="25 s"
  needed_mib=400
  require_compiler "$(uname -m)"
}

inputs() {
  local name
  for name in ocaml findlib ocaml-dune; do lock_sources "$name"; done
  lock_set_lines ocaml-prebuilt
  lock_set_lines dune-prebuilt
  echo "${BACTRIAN_OCAML_FROM_SOURCE-}"
  hash_files "$here/ocaml"
}

build() {
  if [[ -z ${BACTRIAN_OCAML_FROM_SOURCE-} ]] && unpack_prebuilt; then
    return
  fi
  build_from_source
}
