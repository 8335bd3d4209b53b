# SPDX-License-Identifier: ISC
# musl ARCH: the C library over the narrow waist (libc/), with kernel headers, the hosted shim and a gcc wrapper.

recipe_arguments() {
  arch=${1-}
  require_arch "$arch"
  require_compiler "$arch"
  entry=musl/$arch
  about="building the C library for $arch"
  estimate="45 s"
  needed_mib=150
  gnu=$(gnu_prefix "$arch")
  # Frame pointers: a panic's backtrace walks through the C library too. No outline atomics: they want start-up
  # code of libgcc, and inline ones need no call.
  cflags="-O2 -fPIE -fno-omit-frame-pointer -fno-stack-protector"
  [[ $arch != aarch64 ]] || cflags+=" -mno-outline-atomics"
}

inputs() {
  lock_sources musl
  compiler_identity "$arch"
  # shellcheck disable=SC2046 # one word a folder
  hash_files "$checkout/libc/common" "$checkout/libc/$arch" "$checkout/libc/hosted/$arch.S" \
    $(kernel_headers "$arch" | tr ' ' '\n' | sed -n 's,linux$,linux/version.h,p')
}

build() {
  local source=$work/musl
  require_source musl
  unpack_source "$source"
  overlay "$source"
  mkdir "$work/build"
  cd "$work/build"
  # --host makes configure take the tools from CROSS_COMPILE; the rest is what a static C library needs.
  step "configuring musl" env CFLAGS="$cflags" CROSS_COMPILE="$gnu" CC="${gnu}gcc" \
    "$source/configure" --host="$arch-linux-musl" --prefix=/ --disable-shared --enable-wrapper=no
  step "building musl" make -j"$jobs" all
  step "installing musl" make DESTDIR="$prefix" install
  # shellcheck disable=SC2046 # one word a folder
  cp -rL $(kernel_headers "$arch") "$prefix/include/"
  build_shim
  write_wrapper
}

# Our files take the place of those of musl's that trap directly.
overlay() {
  local source=$1 from=$checkout/libc
  rm -f "$source"/src/process/"$arch"/vfork.*
  cp "$from/common/syscall_arch.h" "$source/arch/$arch/"
  cp "$from/common/vfork.c" "$source/src/process/"
  cp "$from/common/sigaltstack.c" "$source/src/signal/"
  cp "$from/$arch"/{clone,syscall_cp,__unmapself}.s "$source/src/thread/$arch/"
  cp "$from/$arch/restore.s" "$source/src/signal/$arch/"
  if [[ -f $from/$arch/__set_thread_area.c ]]; then
    rm -f "$source/src/thread/$arch/__set_thread_area.s"
    cp "$from/$arch/__set_thread_area.c" "$source/src/thread/$arch/"
  fi
  # musl ends a hopeless program by hlt, which faults in user mode only. The nucleus is not user mode.
  if [[ $arch == x86_64 ]]; then
    sed -i 's/"hlt"/"ud2"/' "$source/arch/x86_64/atomic_arch.h"
  fi
  forbid_traps "$source"
}

# A newer musl may have another file that traps; it must be noticed here, not as a fault on the bare machine.
forbid_traps() {
  local source=$1 found
  found=$(grep -rlEw 'syscall|svc|ecall|hlt' --include='*.s' --include='*.S' "$source"/src/*/"$arch" || true)
  found+=$(grep -rlE '"(syscall|svc|ecall|hlt)[^.a-z]' "$source/arch/$arch" "$source"/src/*/"$arch" || true)
  [[ -z $found ]] || die "files of musl trap and have no replacement in libc/:" $found
}

build_shim() {
  step "assembling the hosted shim" "${gnu}gcc" -c "$checkout/libc/hosted/$arch.S" -o hosted.o
  step "archiving the hosted shim" "${gnu}ar" rcs "$prefix/lib/libhosted.a" hosted.o
}

# gcc with this C library instead of glibc, for hosted programs. The binutils get the target's name beside it.
write_wrapper() {
  local lib=$final/lib include=$final/include tool
  mkdir -p "$prefix/bin"
  cat >"$prefix/lib/gcc.specs" <<TEXT
*cpp_unique_options:
+ -nostdinc -isystem $include -isystem include%s

*startfile:
$lib/crt1.o $lib/crti.o

*endfile:
$lib/crtn.o

*link:
-static -z noexecstack

*link_libgcc:
-L$lib

*libgcc:


*lib:
--start-group -lhosted -lc libgcc.a%s libgcc_eh.a%s --end-group

TEXT
  cat >"$prefix/bin/$arch-linux-musl-gcc" <<TEXT
#!/bin/sh
# SPDX-License-Identifier: ISC
exec ${gnu}gcc -specs=$lib/gcc.specs -static $([[ $arch != aarch64 ]] || echo "-mno-outline-atomics ")"\$@"
TEXT
  chmod +x "$prefix/bin/$arch-linux-musl-gcc"
  for tool in ar as ld nm objcopy objdump ranlib readelf strip; do
    ln -s "$(command -v "$gnu$tool")" "$prefix/bin/$arch-linux-musl-$tool"
  done
}
