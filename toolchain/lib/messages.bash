# SPDX-License-Identifier: ISC
# What the user reads: progress and errors on standard error, and a log for everything else.

say() { printf 'toolchain: %s\n' "$*" >&2; }

# die MESSAGE [REMEDY]...: each further argument is one line of advice.
die() {
  printf 'toolchain: error: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

die_usage() {
  printf 'toolchain: %s (try --help)\n' "$1" >&2
  exit 2
}

# logged COMMAND...: runs it with its output in $log.
logged() {
  printf '+ %s\n' "$*" >>"$log"
  in_background "$@" >>"$log" 2>&1
}

# in_background COMMAND...: runs it as a job in its own process group, and waits. Bash acts on a signal only between
# foreground commands; so Ctrl-C stops a long build at once, with all its processes (cache.bash).
child=
in_background() {
  local status=0
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  wait "$child" || status=$?
  child=
  return "$status"
}

# The end of the log, for the user who must find out why a step failed.
show_log_end() {
  printf '  the end of %s:\n' "$log" >&2
  tail -n 15 "$log" | sed 's/^/  | /' >&2
}
