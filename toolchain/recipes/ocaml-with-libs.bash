# SPDX-License-Identifier: ISC
# ocaml-with-libs [SET]: the private OCaml with a few of Debian's packaged libraries beside it, as a user would have
# them. The tests build programs with these: set "libraries" (bigstringaf, checkseum, mtime and sha have C stubs), set
# "ppxlib", and set "checkers" (dscheck, qcheck-stm).

source "$here/ocaml/layout.bash"

recipe_arguments() {
  set=ocaml-${1-libraries}
  [[ -n $(lock_sets "$set") ]] || die_usage "versions.lock has no set '$set'"
  entry=ocaml/with-${1-libs}
  about="setting up packaged OCaml libraries"
  estimate="10 s"
  needed_mib=400
}

inputs() {
  lock_set_lines "$set"
  "$here/provide" --print-key ocaml
  hash_files "$here/ocaml/layout.bash"
}

build() {
  local members
  need native ocaml
  [[ -x $native/libexec/ocamlopt ]] || die "packaged libraries fit the prebuilt OCaml only, and this one is from source"
  while read -r members; do
    if fetch_items $members; then
      unpack_libraries $members
      add_names
      return
    fi
  done < <(lock_sets "$set")
  die_unavailable "the packaged libraries"
}

unpack_libraries() {
  local member file
  for member in "$@"; do
    file=$(lock_lines "${member%%=*}" "${member#*=}" | awk 'NR == 1 { print $6 }')
    step "unpacking $file" dpkg-deb -x "$downloads/$file" "$work/unpacked"
  done
  mkdir "$prefix/lib"
  cp -al "$native/lib/ocaml" "$prefix/lib/ocaml"
  cp -a --remove-destination "$work/unpacked/usr/lib/x86_64-linux-gnu/ocaml/5.4.1/." "$prefix/lib/ocaml/"
  rm "$prefix/lib/ocaml/ld.conf" # a hard link to the native compiler's
  write_findlib_conf
}

# The same names as in the native compiler's bin/, with another standard library folder.
add_names() {
  local program name
  mkdir "$prefix/bin"
  for program in "$native"/bin/*; do
    name=${program##*/}
    case $name in
      ocamlfind) launcher "$name" "OCAMLFIND_CONF=$final/etc/findlib.conf exec $program \"\$@\"" ;;
      *) launcher "$name" "$(set_library) exec $program \"\$@\"" ;;
    esac
  done
}
