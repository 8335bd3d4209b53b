# SPDX-License-Identifier: ISC
# sources NAME: an upstream source, verified and unpacked.

recipe_arguments() {
  name=${1-}
  [[ -n $name && -n $(lock_sources "$name") ]] || die_usage "versions.lock has no source '$name'"
  entry=sources/$name
  about="unpacking the source of $name"
  estimate="15 s"
  needed_mib=100
}

inputs() { lock_sources "$name"; }

build() {
  require_source "$name"
  unpack_source "$prefix"
}
