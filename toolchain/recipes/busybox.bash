# SPDX-License-Identifier: ISC
# busybox ARCH: Debian's static busybox, a program for the tests of processes, as the file `busybox`.

recipe_arguments() {
  require_arch "${1-}"
  arch=$1
  entry=busybox/$1
  about="getting Debian's busybox for $1"
  estimate="5 s"
  needed_mib=10
}

inputs() { lock_set_lines "busybox-$arch"; }

build() {
  local member file programs
  for member in $(lock_sets "busybox-$arch"); do
    fetch_items "$member" || continue
    file=$(lock_lines "${member%%=*}" "${member#*=}" | awk 'NR == 1 { print $6 }')
    step "unpacking $file" dpkg-deb -x "$downloads/$file" "$work/unpacked"
    # In /bin, or since Debian 13 in /usr/bin.
    mapfile -t programs < <(find "$work/unpacked" -type f -name busybox -perm -u+x)
    [[ ${#programs[@]} == 1 ]] || die "not one busybox but ${#programs[@]} in $file"
    mv "${programs[0]}" "$prefix/busybox"
    return
  done
  die_unavailable "Debian's busybox for $arch"
}
