# SPDX-License-Identifier: ISC
# ocaml-with-libs: the private OCaml with a few of Debian's packaged libraries beside it, as a user would have them.
# The tests build programs with these: bigstringaf, checkseum, mtime and sha have C stubs.

recipe_arguments() {
  entry=ocaml/with-libs
  about="setting up packaged OCaml libraries"
  estimate="10 s"
  needed_mib=100
}

inputs() {
  lock_sets ocaml-libraries
  "$here/provide" --print-key ocaml
}

build() {
  local members
  need native ocaml
  [[ -x $native/libexec/dune ]] || die "packaged libraries fit the prebuilt OCaml only, and this one is from source"
  while read -r members; do
    if fetch_items $members; then
      unpack_libraries $members
      add_names
      return
    fi
  done < <(lock_sets ocaml-libraries)
  die_unavailable "the packaged libraries"
}

unpack_libraries() {
  local member file
  for member in "$@"; do
    file=$(lock_lines "${member%%=*}" "${member#*=}" | awk 'NR == 1 { print $6 }')
    step "unpacking $file" dpkg-deb -x "$downloads/$file" "$work/unpacked"
  done
  mkdir "$prefix/lib"
  mv "$work/unpacked/usr/lib/x86_64-linux-gnu/ocaml/5.4.1" "$prefix/lib/ocaml"
}

# The same names as the native compiler's bin/; only ocamlfind looks in one folder more.
add_names() {
  local program
  mkdir "$prefix/bin" "$prefix/etc"
  for program in "$native"/bin/*; do
    ln -s "$program" "$prefix/bin/"
  done
  rm "$prefix/bin/ocamlfind"
  printf '#!/bin/sh\n# SPDX-License-Identifier: ISC\nOCAMLFIND_CONF=%s exec %s "$@"\n' \
    "$final/etc/findlib.conf" "$native/bin/ocamlfind" >"$prefix/bin/ocamlfind"
  chmod +x "$prefix/bin/ocamlfind"
  sed -e "s,^path=\",&$final/lib/ocaml:," "$native/etc/findlib.conf" >"$prefix/etc/findlib.conf"
}
