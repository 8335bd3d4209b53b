# SPDX-License-Identifier: ISC
# linux-modules ARCH: the modules of Debian's Linux kernel for virtio devices, where they have a package of their own
# (riscv64), which `bench/drivers.py` loads; and that package's name and version in the file `version`.

recipe_arguments() {
  require_arch "${1-}"
  arch=$1
  [[ -n $(lock_sets "linux-modules-$arch") ]] || die_usage "the modules for $1 are in the package of the kernel"
  entry=linux-modules/$1
  about="getting the modules of Debian's Linux kernel for $1"
  estimate="30 s"
  needed_mib=300
}

inputs() { lock_set_lines "linux-modules-$arch"; }

build() {
  local member file
  for member in $(lock_sets "linux-modules-$arch"); do
    fetch_items "$member" || continue
    file=$(lock_lines "${member%%=*}" "${member#*=}" | awk 'NR == 1 { print $6 }')
    mkdir "$work/unpacked"
    step "unpacking $file" sh -c "dpkg-deb --fsys-tarfile '$downloads/$file' |
      tar -x -C '$work/unpacked' --wildcards '*/virtio*.ko*' '*/nvme*.ko*' '*failover.ko*'"
    find "$work/unpacked" -type f -exec mv -t "$prefix" {} +
    echo "${member/=/ }" >"$prefix/version"
    return
  done
  die_unavailable "the modules of Debian's Linux kernel for $arch"
}
