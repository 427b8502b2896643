# shellcheck shell=bash
# wait: the only sleeps of the tests. Everything else waits for an event; what gives none is polled
# here, with a deadline.

# Bats traces each command for its report of a failure, at 0.4 ms a command: a third of the processor time of the
# tests. `set +T` in enter_test leaves all functions out: a failure in one is reported at the test's line that called
# it. TRACE=1 has the functions' lines reported as well.

# Nothing is ever written to it: `read -t` sleeps on it without a process.
exec {pause_fd}<> <(:)

# wait_for SECONDS COMMAND...: until COMMAND succeeds. It fails at once when a master has died
# meanwhile and COMMAND still fails.
wait_for() {
  local now=${EPOCHREALTIME/[.,]/} seconds=$1 dead='' pause=4
  local end=$((now + seconds * 1000000))
  shift
  until "$@"; do
    now=${EPOCHREALTIME/[.,]/}
    if [[ $dead ]]; then
      echo "the master died while waiting for: $*" >&2
      return 1
    elif ((now > end)); then
      echo "not within $seconds s: $*" >&2
      return 1
    fi
    if ! a_master_died; then
      # Most events are near: 4, 8 and 16 ms, then 20 each time.
      read -r -t "0.0$((pause / 10))$((pause % 10))" -u "$pause_fd" || true
      pause=$((pause < 10 ? pause * 2 : pause < 20 ? pause + 4 : 20))
    else
      dead=1
    fi
  done
}

# has_ended PID: it is no more, or a zombie that its parent has not reaped yet.
has_ended() {
  local stat=''
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  [[ ${stat##*) } == [ZX]* ]]
}

# let_pass SECONDS: where the passing of time is what a test is about; nothing can be waited for when
# nothing is to happen.
let_pass() {
  sleep "$1"
}

# elapsed_ms SINCE: milliseconds since $EPOCHREALTIME was SINCE.
elapsed_ms() {
  echo $(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 1000))
}
