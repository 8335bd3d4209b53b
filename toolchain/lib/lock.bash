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
