# SPDX-License-Identifier: ISC
# Reading versions.lock.

lock_file=$here/versions.lock

# lock_lines NAME [VERSION]: "KIND NAME VERSION SUITES SHA256 FILE", most wanted first.
lock_lines() {
  awk -v name="$1" -v version="${2-}" \
    '($1 == "source" || $1 == "package") && $2 == name && (version == "" || $3 == version)' "$lock_file"
}

# lock_sets NAME: one line an alternative, "MEMBER=VERSION ...".
lock_sets() { awk -v name="$1" '$1 == "set" && $2 == name { $1 = $2 = ""; print }' "$lock_file"; }

# Some names are those of a source and of a package too.
lock_sources() { lock_lines "$1" | grep '^source ' || true; }

# All that the lock says about a set: for keys.
lock_set_lines() {
  local member
  lock_sets "$1"
  for member in $(lock_sets "$1" | tr ' ' '\n' | sort -u); do
    lock_lines "${member%%=*}" "${member#*=}"
  done
}

# lock_libraries [NAME]: "library NAME SOURCE NEEDS..." of one OCaml library or of all.
lock_libraries() { awk -v name="${1-}" '$1 == "library" && (name == "" || $2 == name)' "$lock_file"; }
library_names() { lock_libraries | awk '{ print $2 }' | xargs; }
library_source() { lock_libraries "$1" | awk '{ print $3 }'; }
library_needs() { lock_libraries "$1" | awk '{ for (i = 4; i <= NF; i++) print $i }'; }

require_library() {
  [[ -n $1 && -n $(lock_libraries "$1") ]] ||
    die_usage "versions.lock has no OCaml library '$1' (it has: $(library_names)); docs/toolchain.md says how to add one"
}

# library_closure NAME...: these and all that they need, each once, sorted.
library_closure() {
  local name
  {
    for name in "$@"; do
      echo "$name"
      # shellcheck disable=SC2046 # one word a library
      library_closure $(library_needs "$name")
    done
  } | LC_ALL=C sort -u
}
