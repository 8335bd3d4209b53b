# SPDX-License-Identifier: ISC
# The machine's own compilers, which make the target code.

# A user's search paths must not leak host headers or libraries into target code.
unset CPATH C_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX CFLAGS CPPFLAGS LDFLAGS CC AR MAKEFLAGS
export LC_ALL=C

jobs=$(nproc 2>/dev/null || echo 2)

require_arch() {
  case ${1-} in
    x86_64 | aarch64 | riscv64) ;;
    '') die_usage "which architecture: x86_64, aarch64 or riscv64?" ;;
    *) die_usage "unknown architecture '$1': x86_64, aarch64 or riscv64" ;;
  esac
}

# The prefix of Debian's GNU tools for an architecture; on the machine's own architecture they exist too.
gnu_prefix() { echo "$1-linux-gnu-"; }

require_compiler() {
  local gcc package
  gcc=$(gnu_prefix "$1")gcc
  case $1 in
    x86_64) package=build-essential ;;
    aarch64) package=g++-aarch64-linux-gnu ;;
    riscv64) package=g++-riscv64-linux-gnu ;;
  esac
  command -v "$gcc" >/dev/null || die "there is no $gcc on this machine" "apt-get install $package"
  command -v make >/dev/null || die "there is no make on this machine" "apt-get install make"
}

# One line that changes when the compiler does.
compiler_identity() {
  local prefix
  prefix=$(gnu_prefix "$1")
  "${prefix}gcc" --version | head -n 1
  "${prefix}as" --version | head -n 1
}

# The folders of the kernel's interface headers that came with an architecture's C compiler. Debian's compiler
# packages depend on them, so there is nothing to download.
kernel_headers() {
  local general=/usr/$1-linux-gnu/include
  local asm=$general
  [[ -f $general/linux/futex.h ]] || general=/usr/include
  [[ -d $asm/asm ]] || asm=/usr/include/$1-linux-gnu
  [[ -f $general/linux/futex.h && -d $asm/asm && -d $general/asm-generic ]] ||
    die "no Linux interface headers for $1 on this machine" "apt-get install linux-libc-dev linux-libc-dev-*-cross"
  echo "$general/linux $general/asm-generic $asm/asm"
}
