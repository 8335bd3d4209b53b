# SPDX-License-Identifier: ISC
# ocaml-cross ARCH: a compiler that runs here and makes ARCH objects over our C library, built from the unpatched
# OCaml source by the private native compiler of the same version. Only what programs need is built: the native
# compiler, its runtime, the standard library, unix, str, threads and runtime_events.
#
# It is a findlib toolchain beside the native compiler, not an OCaml of its own: bin/ARCH_bactrian-ocamlopt and so on
# make code for the target, while code generators and ppx rewriters are made by the native compiler and run here.

source "$here/ocaml/layout.bash"

recipe_arguments() {
  arch=${1-}
  require_arch "$arch"
  [[ $arch != x86_64 ]] || die_usage "x86_64 programs are compiled by a native OCaml: toolchain/provide ocaml"
  require_compiler "$arch"
  entry=ocaml/cross-$arch
  toolchain=$(findlib_toolchain "$arch")
  about="building OCaml 5.4.1 for $arch"
  estimate="90 s"
  needed_mib=600
}

inputs() {
  lock_sources ocaml
  "$here/provide" --print-key musl "$arch"
  "$here/provide" --print-key ocaml
  "$here/provide" --print-key ocaml-build-libraries
  hash_files "$here/ocaml/layout.bash" "$here/lib/findlib.bash" "$here/ocaml/check"
}

build() {
  local source=$work/ocaml PATH=$PATH
  need musl musl "$arch"
  need native ocaml
  need build_libraries ocaml-build-libraries
  PATH=$native/bin:$PATH
  tool=$musl/bin/$arch-linux-musl
  require_source ocaml
  unpack_source "$source"
  cd "$source"
  configure_cross
  compile_cross
  install_cross
}

configure_cross() {
  local as=$tool-as
  # The jump tables that OCaml 5.4 makes hold jumps of four bytes: no compressed instructions in its code.
  [[ $arch != riscv64 ]] || as+=" -march=rv64g -mabi=lp64d"
  # --build: config.guess would ask $CC for the C library, find musl, and then believe it can run the result.
  step "configuring OCaml" ./configure --build=x86_64-pc-linux-gnu --target="$arch-linux-musl" --prefix="$final" \
    CC="$tool-gcc" AS="$as" ASPP="$tool-gcc -c" AR="$tool-ar" RANLIB="$tool-ranlib" STRIP="$tool-strip" \
    NM="$tool-nm" LD="$tool-ld" PARTIALLD="$tool-ld -r" OBJDUMP="$tool-objdump" \
    CFLAGS="-g -O2 -fno-omit-frame-pointer" TARGET_LIBDIR="$final/lib/ocaml" \
    --without-zstd --disable-shared --disable-ocamldoc --disable-ocamltest --disable-debugger \
    --disable-debug-runtime --disable-instrumented-runtime --disable-native-toplevel \
    --disable-dependency-generation
}

# OCaml's own crossopt target makes much more; these are its steps, cut down. The -o files are bytecode programs and
# archives on which targets depend formally only.
compile_cross() {
  local cross=$work/ocaml/ocamlopt.opt
  local host=(OCAMLRUN=ocamlrun NEW_OCAMLRUN=ocamlrun BOOT_OCAMLLEX=ocamllex OCAMLYACC=ocamlyacc
    CAMLC=ocamlc CAMLOPT=ocamlopt BEST_OCAMLC=ocamlc BEST_OCAMLOPT=ocamlopt BEST_OCAMLLEX=ocamllex ZSTD_LIBS=)
  local target=(OCAMLRUN=ocamlrun BEST_OCAMLC=ocamlc BEST_OCAMLOPT="$cross" 'COBJS=$(COBJS_NATIVE)')
  step "building OCaml's runtime" make -j"$jobs" runtimeopt
  touch ocamlopt
  step "building the compiler" make -j"$jobs" -o ocamlopt -o compilerlibs/ocamlcommon.cma \
    -o compilerlibs/ocamloptcomp.cma ocamlopt.opt tools/ocamlmklib "${host[@]}"
  step "building the standard library" make -j"$jobs" -C stdlib stdlib.cmxa std_exit.cmx \
    CAMLC=ocamlc COMPILER_DEPS= CAMLOPT="$cross" OPTCOMPILER="$cross"
  step "building unix" make -j"$jobs" -C otherlibs/unix libunixnat.a unix.cmxa "${target[@]}"
  step "building str" make -C otherlibs/str libcamlstrnat.a str.cmxa "${target[@]}"
  step "building threads" make -C otherlibs/systhreads libthreadsnat.a threads.cmxa "${target[@]}"
  step "building runtime_events" make -C otherlibs/runtime_events libcamlruntime_eventsnat.a \
    runtime_events.cmxa "${target[@]}"
}

install_cross() {
  local lib=$prefix/lib/ocaml name
  mkdir -p "$prefix/bin" "$prefix/libexec" "$lib/caml" "$lib/stublibs"
  cp stdlib/*.{cmi,cmx,cmt,cmti,ml,mli,cmxa,a} stdlib/std_exit.o "$lib/"
  cp runtime/libasmrun.a Makefile.config "$lib/"
  cp runtime/caml/*.h runtime/caml/domain_state.tbl "$lib/caml/"
  cp otherlibs/unix/caml/*.h otherlibs/systhreads/caml/*.h otherlibs/runtime_events/caml/*.h "$lib/caml/"
  for name in unix str systhreads:threads runtime_events; do
    install_library "${name%:*}" "$lib/${name#*:}"
  done
  mkdir "$lib/stdlib"
  cp stdlib/META "$lib/stdlib/"
  cp ocamlopt.opt tools/ocamlmklib "$prefix/libexec/"
  strip "$prefix/libexec/ocamlopt.opt"
  copy_empty_packages
  ln -s "$native" "$prefix/native" # for those who want the two together
  write_cross_findlib_conf "$final/lib/ocaml"
  write_cross_launchers
  check_cross
}

# install_library FOLDER DESTINATION. Its C archive goes beside the standard library, where ocamlopt looks for it.
install_library() {
  mkdir "$2"
  cp otherlibs/"$1"/*.{cmi,cmx,cmti,mli,cmxa} otherlibs/"$1"/META "$2/"
  cp otherlibs/"$1"/lib*.a "$prefix/lib/ocaml/"
  find otherlibs/"$1" -maxdepth 1 -name '*.a' ! -name 'lib*' -exec cp -t "$2/" {} +
}

# Packages that hold nothing but a META, for what once was a library and is now in the standard library.
copy_empty_packages() {
  local name
  for name in bigarray bytes seq stdlib-shims uchar; do
    [[ -f $native/lib/ocaml/$name/META ]] || continue
    mkdir "$prefix/lib/ocaml/$name"
    cp "$native/lib/ocaml/$name/META" "$prefix/lib/ocaml/$name/"
  done
}

# The target's programs. ocamlc makes interfaces (they are the same for all machines) with the native one; asked for
# its configuration it answers with the target's.
write_cross_launchers() {
  local name clean="unset OCAMLLIB CAMLLIB"
  launcher "$toolchain-ocamlopt" "$clean" "exec $final/libexec/ocamlopt.opt \"\$@\""
  launcher "$toolchain-ocamlc" "$clean" "case \$1 in -config*) exec $final/libexec/ocamlopt.opt \"\$@\" ;; esac" \
    "$(set_library) exec $native/bin/ocamlc -cc '$tool-gcc' \"\$@\""
  launcher "$toolchain-ocamlmklib" "exec $native/bin/ocamlrun $final/libexec/ocamlmklib \"\$@\""
  for name in ocamldep ocamlobjinfo; do
    launcher "$toolchain-$name" "exec $native/bin/$name \"\$@\""
  done
  launcher "$toolchain-ocamlfind" "PATH=$final/bin:$native/bin:\$PATH OCAMLFIND_CONF=$final/etc/findlib.conf" \
    "export PATH OCAMLFIND_CONF" "exec $native/bin/ocamlfind -toolchain $toolchain \"\$@\""
}

# Nothing that it makes runs here; that it compiles and links is what can be seen.
check_cross() {
  local folder=$work/check
  mkdir "$folder"
  cp "$here"/ocaml/check/check.ml "$folder/"
  ln -s "$prefix" "$final"
  cd "$folder"
  logged "$final/bin/$toolchain-ocamlfind" ocamlopt -package unix -linkpkg check.ml -o check || true
  rm "$final"
  [[ -f check ]] || { show_log_end; die "the cross compiler for $arch cannot make a program"; }
}
