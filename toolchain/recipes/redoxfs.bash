# SPDX-License-Identifier: ISC
# redoxfs ARCH: the file system's library with what it needs of others (redoxfs/freestanding) for programs of one
# architecture, as one object of which only redoxfs_volume_* is global.

recipe_arguments() {
  arch=${1-}
  require_arch "$arch"
  require_compiler "$arch"
  entry=redoxfs/$arch
  about="building the file system for $arch"
  estimate="30 s"
  needed_mib=20
  gnu=$(gnu_prefix "$arch")
}

inputs() {
  "$here/provide" --print-key sources lz4
  "$here/provide" --print-key sources mbedtls
  "$here/provide" --print-key sources argon2
  "$here/provide" --print-key musl "$arch"
  compiler_identity "$arch"
  hash_files "$checkout/redoxfs/core"
  hash_files "$checkout/redoxfs/include"
  hash_files "$checkout/redoxfs/freestanding"
}

build() {
  step "compiling the file system" bash "$checkout/redoxfs/freestanding/build.sh" "$arch" "$work/services"
  step "compiling its core" bash "$checkout/redoxfs/freestanding/build_core.sh" "$arch" "$work/core"
  step "linking it" "${gnu}ld" -r --gc-sections -u redoxfs_volume_open -u redoxfs_volume_format -u redoxfs_volume_close -u redoxfs_volume_perform \
    -u redoxfs_volume_describe -e redoxfs_volume_open -o "$work/all.o" "$work/services/services.o" "$work/core/core.o"
  step "hiding its names" "${gnu}objcopy" --wildcard --keep-global-symbol='redoxfs_volume_*' "$work/all.o" "$prefix/redoxfs.o"
  only_known
}

# What it needs must be noticed here, not by a program's link.
only_known() {
  local wanted
  wanted=$("${gnu}nm" --undefined-only "$prefix/redoxfs.o" | awk '{ print $2 }' |
    grep -vxE 'memcpy|memmove|memset|memcmp|memchr|strlen|__clzdi2|__ctzdi2|malloc|free|getrandom|clock_gettime|_GLOBAL_OFFSET_TABLE_' || true)
  # shellcheck disable=SC2086 # one line a name
  [[ -z $wanted ]] || die "the file system uses names that programs do not have:" $wanted
}
