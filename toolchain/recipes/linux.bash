# SPDX-License-Identifier: ISC
# linux ARCH: Debian's Linux kernel, which `bactrian bench` compares with, as the file `vmlinuz` that QEMU boots, and
# its package and version in the file `version`.

recipe_arguments() {
  require_arch "${1-}"
  arch=$1
  entry=linux/$1
  about="getting Debian's Linux kernel for $1"
  estimate="20 s"
  needed_mib=250
}

inputs() { lock_set_lines "linux-$arch"; }

build() {
  local member file kernels
  for member in $(lock_sets "linux-$arch"); do
    fetch_items "$member" || continue
    file=$(lock_lines "${member%%=*}" "${member#*=}" | awk 'NR == 1 { print $6 }')
    step "unpacking $file" dpkg-deb -x "$downloads/$file" "$work/unpacked"
    # In /boot, or since Linux 7 with its modules.
    mapfile -t kernels < <(find "$work/unpacked" -type f -name 'vmlinu[xz]*')
    [[ ${#kernels[@]} == 1 ]] || die "not one kernel but ${#kernels[@]} in $file"
    mv "${kernels[0]}" "$prefix/vmlinuz"
    echo "${member/=/ }" >"$prefix/version"
    return
  done
  die_unavailable "Debian's Linux kernel for $arch"
}
