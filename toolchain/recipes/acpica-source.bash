# SPDX-License-Identifier: ISC
# acpica-source: the source of ACPICA's interpreter, unpacked: components/*.c, what is to be compiled; include/, its
# headers; and in the file `flags` how its names are written. From Debian's source package acpica-unix; where that cannot
# be had, from the copy in Debian's package of Linux' source, which is the same code with its names in the other case.

recipe_arguments() {
  entry=sources/acpica
  about="unpacking ACPICA's source"
  estimate="30 s"
  needed_mib=700
}

inputs() {
  lock_sources acpica-unix
  lock_set_lines linux-source
}

build() {
  local folder=$work/source
  mkdir -p "$folder" "$prefix/components"
  if find_source acpica-unix; then
    unpack_source "$folder"
    mv "$folder/source/include" "$prefix/include"
    mv "$folder"/source/components/{dispatcher,events,executer,hardware,namespace,parser,tables,utilities}/*.c \
      "$prefix/components/"
    echo "" >"$prefix/flags"
  else
    take_from_linux "$folder"
  fi
}

take_from_linux() {
  local folder=$1 item line file archive=$work/linux.tar.xz
  while read -r item; do
    fetch_items "$item" || continue
    line=$(lock_lines "${item%%=*}" "${item#*=}" | head -n 1)
    file=$downloads/${line##* }
    step "unpacking $file" unpack_member "$file" "$archive"
    step "unpacking ACPICA" tar -xJf "$archive" -C "$folder" --strip-components=1 --no-same-owner --wildcards \
      '*/drivers/acpi/acpica/*' '*/include/acpi/*'
    rm "$archive"
    mv "$folder/include" "$prefix/include"
    # A header that one file asks for, and what it uses of it.
    mkdir "$prefix/include/linux"
    echo '#define kmemleak_not_leak(object)' >"$prefix/include/linux/kmemleak.h"
    mv "$folder"/drivers/acpi/acpica/*.h "$prefix/include/"
    mv "$folder"/drivers/acpi/acpica/{ds,ev,ex,hw,ns,ps,tb,ut}*.c "$prefix/components/"
    echo "-DLINUX_COPY" >"$prefix/flags"
    return
  done < <(lock_sets linux-source)
  die_unavailable "ACPICA's source (acpica-unix, or linux-source)"
}

unpack_member() {
  dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' >"$2"
}
