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

lock_has() { [[ -n $(lock_lines "$1") ]]; }
