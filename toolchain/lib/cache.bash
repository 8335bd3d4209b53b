# SPDX-License-Identifier: ISC
# The cache of finished components: KIND/NAME-KEY, made beside its place and moved there whole.
#
# Invariant: a directory KIND/NAME-KEY is complete. Work in progress is in KIND/.tmp-NAME-KEY and belongs to
# the process that holds the entry's lock; what an interrupted run left there is removed by the next.

cache=${BACTRIAN_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bactrian}
[[ $cache == /* ]] || cache=$PWD/$cache
log=/dev/null

# The key: 16 hex digits over the recipe, what it says it is made from, and the shared scripts.
component_key() {
  {
    cat "$here/recipes/$component.bash"
    inputs
  } | sha256sum | cut -c1-16
}

entry_path() { echo "$cache/$entry-$1"; }
# A link in an entry's place is work in progress that is being checked (ocaml/layout.bash).
entry_exists() { [[ -d $cache/$entry-$1 && ! -L $cache/$entry-$1 ]]; }

# hash_files PATH...: one line a file, for inputs(). Names are relative to the checkout, so that two
# checkouts with the same content share entries.
hash_files() {
  local path
  for path in "$@"; do
    (cd "$checkout" && find "${path#"$checkout"/}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
  done
}

# lock NAME: waits until no other process holds the lock NAME, then holds it until unlock or the process' end.
# Order: an entry's lock before "downloads". (Not "with_lock NAME COMMAND || ...": that would switch `set -e`
# off inside COMMAND.)
declare -A lock_fds=()
lock() {
  local fd
  mkdir -p "$cache/locks" 2>/dev/null || die_no_cache
  exec {fd}>"$cache/locks/${1//\//-}"
  if ! flock -n "$fd"; then
    say "waiting for another set-up that is at work on $1 ..."
    flock "$fd"
  fi
  lock_fds[$1]=$fd
}

unlock() {
  local fd=${lock_fds[$1]}
  exec {fd}>&-
}

die_no_cache() {
  die "cannot write in the cache $cache" \
    "Make it writable, or name another folder: export BACTRIAN_CACHE=/a/folder/with/space"
}

free_mib() { df -Pm "$cache" | awk 'NR == 2 { print $4 }'; }

# Refuses before any work rather than failing in the middle of it.
require_space() {
  local free
  free=$(free_mib)
  ((free >= $1)) || die_disk_full "$1" "$free"
}

die_disk_full() {
  die "the disk is full: $about needs about $1 MiB in $cache, and $2 MiB are free" \
    "Free some space (old components: rm -r $cache), or use another disk:" \
    "export BACTRIAN_CACHE=/a/folder/with/space"
}

make_entry() {
  mkdir -p "$cache/locks" "$cache/logs" "$(dirname "$cache/$entry")" 2>/dev/null || die_no_cache
  lock "$entry-$1"
  final=$cache/$entry-$1
  if ! entry_exists "$1"; then # else another process made it while we waited
    make_locked_entry "$1"
  fi
  unlock "$entry-$1"
}

make_locked_entry() {
  work=$(dirname "$final")/.tmp-$(basename "$final")
  log=$cache/logs/$(basename "$entry")-$1.log
  require_space "$needed_mib"
  trap 'interrupted INT' INT
  trap 'interrupted TERM' TERM
  trap 'interrupted HUP' HUP
  trap 'finished' EXIT
  discard_work
  mkdir -p "$work"
  : >"$log"
  say "$about (about $estimate) ..."
  local start=$SECONDS
  prefix=$work/prefix
  mkdir "$prefix"
  build
  mv -T "$prefix" "$final"
  trap - INT TERM HUP EXIT
  rm -rf "$work"
  say "$about: done in $((SECONDS - start)) s"
}

discard_work() {
  if [[ -L $final ]]; then rm "$final"; fi
  rm -rf "$work"
}

interrupted() {
  trap - EXIT
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  discard_work
  say "interrupted; the next run begins this component again, downloads are kept"
  trap - "$1"
  kill -"$1" $$
}

# Leaving while work is unfinished: a step failed.
finished() {
  local status=$?
  discard_work
  if ((status != 0 && $(free_mib) < 8)); then
    printf 'toolchain: the disk is full; that is probably why\n' >&2
  fi
}

# step WHAT COMMAND...: a logged command that must succeed.
step() {
  local what=$1
  shift
  logged "$@" && return
  local free
  free=$(free_mib)
  ((free >= 8)) || die_disk_full "$needed_mib" "$free"
  printf 'toolchain: error: %s failed\n' "$what" >&2
  show_log_end
  exit 1
}

# need VARIABLE COMPONENT [ARGUMENT]: provides another component and puts its directory in VARIABLE.
need() {
  local -n directory=$1
  shift
  in_background "$here/provide" "$@" >"$work/needed" || exit 1
  directory=$(<"$work/needed")
}
