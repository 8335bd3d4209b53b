# SPDX-License-Identifier: ISC
# acpica ARCH: ACPICA's interpreter of AML for one architecture, as one object of which only nucleus_* is global, over
# the nucleus' operating system layer (nucleus/acpica).

recipe_arguments() {
  arch=${1-}
  require_arch "$arch"
  require_compiler "$arch"
  entry=acpica/$arch
  about="building ACPICA for $arch"
  estimate="20 s"
  needed_mib=50
  gnu=$(gnu_prefix "$arch")
  glue=$checkout/nucleus/acpica/interpreter
  # As the nucleus (nucleus/CMakeLists.txt). ACPICA reads tables through pointers of many types.
  cflags=(-std=gnu11 -O2 -g1 -ffreestanding -nostdinc -isystem "$("${gnu}gcc" -print-file-name=include)" -fno-pic
    -fno-stack-protector -fno-strict-aliasing -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
    -fno-omit-frame-pointer -fno-tree-loop-distribute-patterns -include "$glue/platform.h")
  case $arch in
    x86_64) cflags+=(-mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none) ;;
    aarch64) cflags+=(-mgeneral-regs-only -mno-outline-atomics -mstrict-align) ;;
    riscv64) cflags+=(-march=rv64gc -mabi=lp64d -mcmodel=medany) ;;
  esac
}

inputs() {
  "$here/provide" --print-key acpica-source
  compiler_identity "$arch"
  hash_files "$glue"
}

build() {
  local source
  need source acpica-source
  # shellcheck disable=SC2207 # words
  cflags+=($(<"$source/flags") -I"$source/include")
  mkdir "$work/objects"
  step "compiling ACPICA" compile -w "$source"/components/*.c
  step "compiling what is around it" compile -Wall -Wextra "$glue"/*.c
  # What the nucleus does not use goes at once.
  step "linking ACPICA" "${gnu}ld" -r --gc-sections -u nucleus_aml -e nucleus_aml -o "$work/all.o" "$work"/objects/*.o
  step "hiding its names" "${gnu}objcopy" --wildcard --keep-global-symbol='nucleus_*' "$work/all.o" "$prefix/acpica.o"
  only_services
}

# compile FLAG... FILE...: several files at once.
compile() {
  local file flags=()
  while [[ $1 == -* ]]; do
    flags+=("$1")
    shift
  done
  for file in "$@"; do printf '%s\0%s\0' "$file" "$work/objects/$(basename "$file" .c).o"; done |
    xargs -0 -n 2 -P "$jobs" "$BASH" -c '"${@:1:$#-2}" "${@: -2:1}" -o "${@: -1}" || exit 255' compile \
      "${gnu}gcc" -c "${cflags[@]}" "${flags[@]}"
}

# A newer ACPICA may want more; that must be noticed here, not by a program's link.
only_services() {
  local wanted
  wanted=$("${gnu}nm" --undefined-only "$prefix/acpica.o" |
    awk '$2 !~ /^nucleus_acpi_/ && $2 != "_GLOBAL_OFFSET_TABLE_" { print $2 }')
  # shellcheck disable=SC2086 # one line a name
  [[ -z $wanted ]] || die "ACPICA uses names that nucleus/acpica/interpreter does not give it:" $wanted
}
