# shellcheck shell=bash
# attempts: pools whose workers try what a sandbox is to refuse (tests/hostile/attempts.h); `load helpers/attempts`,
# behind common.
# shellcheck disable=SC2154,SC2034 # common.bash and the tests set and read them

# The names of all attempts.
mapfile -t attempts < <(sed -nE 's/^    \{"([a-z0-9_-]+)", [a-z0-9_]+\},$/\1/p' \
  "${BASH_SOURCE[0]%/*}"/../hostile/attempts_*.c)

# begin_attempts MODE KEY=VALUE...: two workers make them, each in turn.
begin_attempts() {
  preforkd=${hostile:-$bin/preforkd_hostile} expected='killed by SIGSYS'
  serve "$1" service=attempts "${@:2}"
}

# Print how often a worker was killed for an attempt.
kills() {
  grep -c 'worker .* killed by SIGSYS' "$log" || true
}

has_killed() { # N
  (($(kills) > $1))
}

# is_made NAME: a worker has made it, or ended. A listener that an attempt has shut down may be opened anew meanwhile.
is_made() {
  local pids
  worker_count_is 2 || return
  pids=$(workers)
  outcome=$(ask "$1 ${pids//$'\n'/ }" 2>attempt.err) || true
  outcome=${outcome//$'\n'/}
  ! grep -q 'cannot reach' attempt.err
}

# attempt NAME: have a worker make it; sets $outcome: `done`, the errno that refused it, or `killed`.
attempt() {
  local before
  before=$(kills)
  wait_for 5 is_made "$1" || return
  [[ ! $outcome ]] || return 0
  wait_for 5 has_killed "$before" || return
  outcome=killed
}
