# SPDX-License-Identifier: ISC
# OCaml and findlib from source: for machines on which the prebuilt ones cannot be had or do not run. Dune does not
# care which OCaml made it, so it is still taken prebuilt if possible; stable has one, too old to be built by OCaml 5.4.

build_from_source() {
  local PATH=$PATH
  say "building OCaml 5.4.1 from source (about 8 min) ..."
  needed_mib=1500
  require_space "$needed_mib"
  rm -rf "$prefix" && mkdir "$prefix"
  require_source ocaml
  unpack_source "$work/ocaml"
  compile_ocaml
  # What has been compiled finds its library in its final place only.
  ln -s "$prefix" "$final"
  PATH=$final/bin:$PATH
  require_source findlib
  unpack_source "$work/findlib"
  compile_findlib
  prebuilt_dune || compile_dune
  rm "$final"
  write_findlib_conf
  check_ocaml || {
    show_log_end
    die "the OCaml that was built from source does not work"
  }
}

compile_ocaml() {
  cd "$work/ocaml"
  step "configuring OCaml" ./configure --prefix="$final" --without-zstd --disable-ocamldoc --disable-ocamltest \
    --disable-debugger --disable-debug-runtime --disable-instrumented-runtime --disable-dependency-generation
  step "building OCaml" make -j"$jobs"
  step "installing OCaml" make install DESTDIR="$work/installed"
  rmdir "$prefix"
  mv "$work/installed$final" "$prefix"
}

compile_findlib() {
  cd "$work/findlib"
  step "configuring findlib" ./configure -bindir "$final/bin" -mandir "$work/man" -sitelib "$final/lib/ocaml" \
    -config "$final/etc/findlib.conf" -no-topfind
  step "building findlib" make all opt
  step "installing findlib" make install
}

prebuilt_dune() {
  local members
  [[ $(uname -m) == x86_64 ]] || return 1
  while read -r members; do
    if fetch_items $members && unpack_set $members && arrange_programs dune && logged "$final/bin/dune" --version; then
      return 0
    fi
  done < <(lock_sets dune-prebuilt)
  return 1
}

compile_dune() {
  require_source ocaml-dune
  unpack_source "$work/dune"
  cd "$work/dune"
  step "building dune" ocaml boot/bootstrap.ml -j "$jobs"
  rm -f "$prefix/bin/dune"
  cp _boot/dune.exe "$prefix/bin/dune"
}
