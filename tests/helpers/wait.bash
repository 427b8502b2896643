# shellcheck shell=bash
# wait: the only sleeps of the tests. Everything else waits for an event; what gives none is polled
# here, with a deadline.

# Bats traces each command for its report of a failure, at 0.4 ms a command: a third of the processor time of the
# tests. `set +T` in enter_test leaves all functions out: a failure in one is reported at the test's line that called
# it. TRACE=1 has the functions' lines reported as well.

# Nothing is ever written to it: `read -t` sleeps on it without a process.
if [[ -p ${PAUSE_FIFO-} ]]; then
  exec {pause_fd}<>"$PAUSE_FIFO"
else
  exec {pause_fd}<> <(:)
fi

# wait_for SECONDS COMMAND...: until COMMAND succeeds. It fails when a master has died meanwhile and COMMAND,
# tried for half a second more, still fails; and after SECONDS, which count for more where programs are slow (PATIENCE), but
# not before COMMAND has been tried ten times for each: a machine that stands still for so long is no failure.
wait_for() {
  local now=${EPOCHREALTIME/[.,]/} seconds=$(($1 * ${PATIENCE:-1})) dead='' pause=4 tries=0
  local end=$((now + seconds * 1000000))
  shift
  until "$@"; do
    now=${EPOCHREALTIME/[.,]/} tries=$((tries + 1))
    if [[ $dead ]] && ((tries > dead + 25)); then
      echo "the master died while waiting for: $*" >&2
      return 1
    elif ((now > end && tries > seconds * 10)); then
      echo "not within $seconds s: $*" >&2
      return 1
    fi
    [[ $dead ]] || ! a_master_died || dead=$tries
    # Most events are near: 4, 8 and 16 ms, then 20 each time.
    read -r -t "0.0$((pause / 10))$((pause % 10))" -u "$pause_fd" || true
    pause=$((pause < 10 ? pause * 2 : pause < 20 ? pause + 4 : 20))
  done
}

# has_ended PID: it is no more, or a zombie that its parent has not reaped yet.
has_ended() {
  local stat=''
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  [[ ${stat##*) } == [ZX]* ]]
}

# listens PATH: a process listens on this unix socket. The file is there a moment earlier, since bind(2).
listens() {
  file_has /proc/net/unix " 00010000 .* $1\$"
}

# let_pass SECONDS: where the passing of time is what a test is about; nothing can be waited for when
# nothing is to happen.
let_pass() {
  read -r -t "$1" -u "$pause_fd" || true
}

# in_time MS COMMAND...: COMMAND succeeds each time, and once in four times within MS milliseconds at the latest. What
# is slow is so each time; a process that the machine held up is not.
in_time() {
  local limit=$(($1 * ${PATIENCE:-1})) since took=()
  shift
  for _ in 1 2 3 4; do
    since=$EPOCHREALTIME
    "$@"
    took+=("$(elapsed_ms "$since")")
    ((took[-1] >= limit)) || return 0
  done
  fail "not within $limit ms, but in ${took[*]} ms: $*"
}

# try_thrice COMMAND...: COMMAND succeeds, at the latest the third time, $try; it has to return its failures (`||
# return`). For clients that act between two deadlines: where the machine stands still meanwhile, they come too late.
try_thrice() {
  local try
  for try in 1 2; do
    ! "$@" || return 0
  done
  # shellcheck disable=SC2034 # for COMMAND
  try=3
  "$@"
}

# sleeps PID: print how often the process has slept.
sleeps() {
  local text
  IFS= read -r -d '' text <"/proc/$1/status" || true # at its end
  [[ $text =~ [^n]voluntary_ctxt_switches:[[:blank:]]+([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# is_at_rest SECONDS: $master and its workers sleep for so long. Of `try_thrice`, since something that happened before
# may wake them once; what wakes them again and again does so each time.
is_at_rest() {
  local before
  before=$(all_switches)
  let_pass "$1"
  assert_equal "$(all_switches)" "$before" "context switches of master and workers"
}

# elapsed_ms SINCE: milliseconds since $EPOCHREALTIME was SINCE.
elapsed_ms() {
  echo $(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 1000))
}
