# SPDX-License-Identifier: ISC
# Debian's package client with a configuration of our own: one root a suite and architecture, in the cache, on the
# machine's own mirror. The machine's apt lists, cache and status are neither used nor changed; its proxy settings are.

# debian_mirror [FOLDER]: the machine's mirror, which is the first entry for a main archive in its source lists.
# Debian's own lists come first; should another's be taken, apt refuses its signature.
debian_mirror() {
  local folder=${1-/etc/apt} files
  shopt -s nullglob
  files=("$folder"/sources.list "$folder"/sources.list.d/debian.{sources,list} "$folder"/sources.list.d/*.{sources,list})
  shopt -u nullglob
  cat /dev/null "${files[@]}" 2>/dev/null | awk '
    function consider(uri, suites, components) {
      if (found == "" && uri ~ /^[a-z+]+:/ && uri !~ /^cdrom:/ && components ~ /(^| )main( |$)/ &&
          suites !~ /security/ && uri !~ /security/) found = uri
    }
    function stanza_end() {
      if (enabled != "no" && types ~ /deb/) consider(uris, suites, components)
      uris = suites = components = types = enabled = ""
    }
    /^[ \t]*#/ { next }
    /^deb(-src)?[ \t]/ { # deb [options] URI SUITE COMPONENT...
      line = $0
      sub(/^deb(-src)?[ \t]+(\[[^]]*\][ \t]*)?/, "", line)
      n = split(line, word, /[ \t]+/)
      rest = ""
      for (i = 3; i <= n; i++) rest = rest " " word[i]
      consider(word[1], word[2], rest)
      next
    }
    /^[ \t]*$/ { stanza_end() }
    tolower($1) == "uris:" { uris = $2 }
    tolower($1) == "suites:" { suites = $0 }
    tolower($1) == "components:" { components = $0 }
    tolower($1) == "types:" { types = $0 }
    tolower($1) == "enabled:" { enabled = tolower($2) }
    END { stanza_end(); print found }'
}

debian_keyring() {
  local file
  for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
    if [[ -f $file ]]; then
      echo "[signed-by=$file] "
      return
    fi
  done
}

# apt_folder SUITE[:ARCH]: where the private root of a suite is.
apt_folder() { echo "$cache/apt/${1/:/-}"; }

# apt_root SUITE[:ARCH]: makes the private root of a suite if need be, and prints it. ARCH: the machine's own.
apt_root() {
  local root suite=${1%%:*} architecture mirror
  root=$(apt_folder "$1")
  case $1 in
    *:*) architecture=${1#*:} ;;
    *) architecture=$(dpkg --print-architecture) ;;
  esac
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || return 1
  mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
  local signed
  signed=$(debian_keyring)
  printf 'deb %s%s %s main\ndeb-src %s%s %s main\n' "$signed" "$mirror" "$suite" "$signed" "$mirror" "$suite" \
    >"$root/sources.list"
  : >"$root/status"
  cat >"$root/apt.conf" <<TEXT
Dir::State "$root";
Dir::State::lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
#clear APT::Architectures;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Acquire::Languages "none";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Acquire::Retries "2";
TEXT
  echo "$root"
}

# apt_update SUITE[:ARCH]: fetches the suite's package lists, once a run.
declare -A apt_updated=()
apt_update() {
  local root
  [[ -z ${apt_updated[$1]-} ]] || return 0
  apt_updated[$1]=failed
  root=$(apt_root "$1") || return 0
  say "reading Debian's package lists for $1 (about 8 s) ..."
  # apt-get reports unreachable mirrors as warnings, and goes on with old lists, unless it is told otherwise.
  if logged apt-get -c "$root/apt.conf" -o APT::Update::Error-Mode=any -q update; then
    apt_updated[$1]=yes
  fi
}

apt_is_reachable() { [[ ${apt_updated[$1]-} != failed ]]; }
apt_has_lists() { compgen -G "$(apt_folder "$1")/lists/*_Packages*" >/dev/null; }

# apt_fetch SUITE[:ARCH] WANTED...: fetches into the working directory whatever it can of WANTED, where each is
# "source:NAME" or "package:NAME=VERSION". The caller looks at what arrived.
apt_fetch() {
  local suite=$1 root want sources=() packages=()
  shift
  root=$(apt_root "$suite") || return 0
  for want in "$@"; do
    case $want in
      source:*) sources+=("${want#source:}/${suite%%:*}") ;;
      package:*) packages+=("${want#package:}") ;;
    esac
  done
  # One at a time would be simpler, but each call reads the suite's whole index.
  if ((${#sources[@]})); then
    logged apt-get -c "$root/apt.conf" -q source --download-only --tar-only "${sources[@]}" || true
  fi
  if ((${#packages[@]})); then
    logged apt-get -c "$root/apt.conf" -q download "${packages[@]}" || true
  fi
}
