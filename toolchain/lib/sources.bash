# SPDX-License-Identifier: ISC
# Getting the files that versions.lock pins: from BACTRIAN_SOURCES, else from Debian. Every file is checked
# against the lock before anything reads it; downloads/ in the cache holds verified files only.

downloads=$cache/downloads
sha256_of() { sha256sum "$1" | cut -d' ' -f1; }

# accept PATH LOCK-LINE: moves a file that has arrived into downloads/, or stops with an error.
accept() {
  local path=$1 expected=$6 file=$7 actual
  actual=$(sha256_of "$path")
  if [[ $actual != "$expected" ]]; then
    die "$path is not the file that toolchain/versions.lock pins" \
      "file      $file" "expected  $expected" "actual    $actual" \
      "Nothing was built. Put the right file in a folder and name it: export BACTRIAN_SOURCES=/that/folder" \
      "or, if you trust the new file, add a line with its hash to toolchain/versions.lock (docs/toolchain.md)."
  fi
  cp --reflink=auto "$path" "$downloads/.$file.new" 2>>"$log" || die_disk_full "$needed_mib" "$(free_mib)"
  mv -T "$downloads/.$file.new" "$downloads/$file"
}

is_downloaded() { [[ -f $downloads/$2 && $(sha256_of "$downloads/$2") == "$1" ]]; }

# fetch_items NAME=VERSION...: makes downloads/ hold all of them. Fails, with the reason in $fetch_problem,
# if one cannot be had; a file with the wrong content ends the run.
fetch_problem=
fetch_items() {
  local status=0
  mkdir -p "$downloads" 2>/dev/null || die_no_cache
  lock downloads
  fetch_locked "$@" || status=$?
  unlock downloads
  return "$status"
}

fetch_locked() {
  local item line kind name version suites sha256 file
  local -A missing=()
  for item in "$@"; do
    line=$(lock_lines "${item%%=*}" "${item#*=}" | head -n 1)
    [[ -n $line ]] || die "toolchain/versions.lock has no line for $item"
    read -r kind name version suites sha256 file <<<"$line"
    if is_downloaded "$sha256" "$file"; then continue; fi
    if [[ -n ${BACTRIAN_SOURCES-} && -f $BACTRIAN_SOURCES/$file ]]; then
      accept "$BACTRIAN_SOURCES/$file" $line
    else
      missing[$item]=$line
    fi
  done
  fetch_from_debian
  ((${#missing[@]} == 0)) && return
  for item in "${!missing[@]}"; do
    read -r kind name version suites sha256 file <<<"${missing[$item]}"
    fetch_problem+="${fetch_problem:+$'\n'}$file  sha256 $sha256  (Debian $suites)"
  done
  return 1
}

# Fetches what is in `missing` (the caller's) and removes from it what arrived.
fetch_from_debian() {
  local round suite place
  for round in lists-as-they-are lists-renewed; do
    for place in 1 2 3; do
      for suite in $(suites_at "$place"); do
        if [[ $round == lists-renewed ]] || ! apt_has_lists "$suite"; then
          apt_update "$suite"
        fi
        apt_is_reachable "$suite" || continue
        fetch_from_suite "$suite" "$place"
      done
    done
  done
}

# The suites that stand at a place (1 = first choice) in the missing items' lines.
suites_at() {
  local item
  for item in "${!missing[@]}"; do
    awk -v place="$1" '{ n = split($4, suite, ","); if (place <= n) print suite[place] }' <<<"${missing[$item]}"
  done | sort -u
}

fetch_from_suite() {
  local item line kind name version suites sha256 file wanted=() folder=$cache/apt/arriving
  for item in "${!missing[@]}"; do
    read -r kind name version suites sha256 file <<<"${missing[$item]}"
    [[ $(cut -d, -f"$2" -s <<<"$suites,") == "$1" ]] || continue
    case $kind in
      source) wanted+=("source:$name") ;;
      package) wanted+=("package:$name=$version") ;;
    esac
  done
  ((${#wanted[@]})) || return 0
  say "fetching ${wanted[*]#*:} from Debian $1 ..."
  rm -rf "$folder"
  mkdir -p "$folder"
  pushd "$folder" >/dev/null || die_no_cache
  apt_fetch "$1" "${wanted[@]}"
  popd >/dev/null || die_no_cache
  for item in "${!missing[@]}"; do
    line=${missing[$item]}
    read -r kind name version suites sha256 file <<<"$line"
    if [[ -f $folder/$file ]]; then
      accept "$folder/$file" $line
      unset "missing[$item]"
    fi
  done
  rm -rf "$folder"
}

# require_source NAME: fetches the first line of NAME that can be had; sets source_version and source_file.
require_source() { find_source "$1" || die_unavailable "$1"; }

# find_source NAME: the same, but fails where none can be had.
find_source() {
  local line kind name version suites sha256 file
  fetch_problem=
  while read -r kind name version suites sha256 file; do
    if fetch_items "$name=$version"; then
      source_version=$version
      source_file=$downloads/$file
      return
    fi
  done < <(lock_sources "$1")
  return 1
}

die_unavailable() {
  local wanted=()
  mapfile -t wanted <<<"$fetch_problem"
  [[ ! -s $log ]] || grep -E '^(E|Err|W):' "$log" | sort -u | tail -n 4 | sed 's/^/  | /' >&2 || true
  die "cannot get $1: not in Debian's archive any more, or no network. Wanted one of:" "${wanted[@]}" \
    "Nothing was built. Check the network and apt's proxy settings and run again; or put the file in a folder" \
    "and name it: export BACTRIAN_SOURCES=/that/folder ; or pin a newer version (docs/toolchain.md)."
}

# unpack_source FOLDER: unpacks source_file there, without its top folder.
unpack_source() {
  mkdir -p "$1"
  step "unpacking $source_file" tar -xf "$source_file" -C "$1" --strip-components=1 --no-same-owner
}
