# SPDX-License-Identifier: ISC
# OCaml from Debian's packages, unpacked privately. They are newer than the machine, so their programs run on the C
# library they were built for, through its own loader; nothing of it is seen by what they compile.

# Fails if no set can be had or none works.
unpack_prebuilt() {
  local members
  [[ $(uname -m) == x86_64 ]] || return 1
  fetch_problem=
  while read -r members; do
    fetch_items $members || continue
    rm -rf "$prefix" && mkdir "$prefix"
    if unpack_set $members && arrange && check_ocaml; then
      return 0
    fi
    say "the prebuilt OCaml does not work on this machine ($log says why)"
  done < <(lock_sets ocaml-prebuilt)
  return 1
}

unpack_set() {
  local member file
  rm -rf "$work/unpacked"
  for member in "$@"; do
    file=$(lock_lines "${member%%=*}" "${member#*=}" | awk 'NR == 1 { print $6 }')
    logged dpkg-deb -x "$downloads/$file" "$work/unpacked" || return 1
  done
}

# The programs that are native code, and those that are bytecode.
prebuilt_native=(ocamlc ocamlopt ocamldep ocamllex ocamlobjinfo ocamldoc)
prebuilt_plain=(ocamlrun ocamlyacc ocamlfind dune)
prebuilt_bytecode=(ocamlmklib ocamlmktop ocamlcp ocamlprof)

arrange() {
  local from=$work/unpacked/usr name
  mkdir -p "$prefix/lib" && mv "$from/lib/x86_64-linux-gnu/ocaml/5.4.1" "$prefix/lib/ocaml" || return 1
  for name in "${prebuilt_native[@]}"; do
    mv "$from/bin/$name.opt" "$from/bin/$name" || return 1
  done
  arrange_programs "${prebuilt_native[@]}" "${prebuilt_plain[@]}" || return 1
  for name in "${prebuilt_native[@]}"; do
    ln -s "$name" "$prefix/bin/$name.opt" || return 1
  done
  for name in "${prebuilt_bytecode[@]}"; do
    mv "$from/bin/$name" "$prefix/libexec/" || return 1
    write_launcher "$name" "$final/libexec/ocamlrun" "$final/libexec/$name" || return 1
  done
  write_findlib_conf && point_bytecode_here && add_missing_libc_names
}

# arrange_programs NAME...: the private C library and these native programs, each with its launcher.
arrange_programs() {
  local from=$work/unpacked/usr name
  mkdir -p "$prefix/bin" "$prefix/libexec/lib" &&
    cp -P "$from"/lib/x86_64-linux-gnu/{ld-linux-x86-64.so.2,lib{c,m}.so.6,lib{dl,pthread,rt}.so.*} \
      "$prefix/libexec/lib/" || return 1
  for name in "$@"; do
    mv "$from/bin/$name" "$prefix/libexec/" || return 1
    write_launcher "$name" "$final/libexec/$name" || return 1
  done
}

# write_launcher NAME PROGRAM [ARGUMENT]: bin/NAME runs PROGRAM on the private C library. Only the compilers are
# told where the standard library is: dune may well be used with another compiler. A cross compiler's launchers
# set BACTRIAN_OCAMLLIB and OCAMLFIND_CONF.
write_launcher() {
  local name=$1 settings="" library=$final/libexec/lib
  shift
  case $name in
    dune) ;;
    ocamlfind) settings="OCAMLFIND_CONF=\${OCAMLFIND_CONF-$final/etc/findlib.conf}; export OCAMLFIND_CONF" ;;
    *) settings="OCAMLLIB=\${BACTRIAN_OCAMLLIB-$final/lib/ocaml}
CAML_LD_LIBRARY_PATH=$final/lib/ocaml/stublibs; export OCAMLLIB CAML_LD_LIBRARY_PATH" ;;
  esac
  printf '#!/bin/sh\n# SPDX-License-Identifier: ISC\n%s\nexec %s --library-path %s --argv0 "$0" %s "$@"\n' \
    "$settings" "$library/ld-linux-x86-64.so.2" "$library" "$*" >"$prefix/bin/$name"
  chmod +x "$prefix/bin/$name"
}

# Bytecode programs begin with the name of their interpreter, which ocamlc takes from this file: the word "sh", the
# folder of ocamlrun, then a program header.
point_bytecode_here() {
  local info=$prefix/lib/ocaml/runtime-launch-info
  {
    printf 'sh\n%s\0\n' "$final/bin"
    tail -c +14 "$info"
  } >"$work/launch-info"
  [[ $(head -c 12 "$info" | tr -d '\0') == $'sh\n/usr/bin' ]] && cp "$work/launch-info" "$info"
}

# Newer glibc headers rename a few functions. Where the machine's glibc is older, programs that run here (ppx
# rewriters, generators) need those names too.
add_missing_libc_names() {
  local archive
  if printf 'extern char __isoc23_strtol; int main(void) { return (long)&__isoc23_strtol & 1; }\n' |
    gcc -w -x c - -o "$work/probe" 2>/dev/null; then
    return 0
  fi
  logged gcc -O2 -fPIC -c "$here/ocaml/isoc23.c" -o "$work/isoc23.o" || return 1
  for archive in "$prefix"/lib/ocaml/lib{asmrun,camlrun}{,d,i,_pic}.a; do
    logged ar rs "$archive" "$work/isoc23.o" || return 1
  done
}
