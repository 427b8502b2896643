# shellcheck shell=bash
# What every bats file loads (`load helpers/common`): masters that are started, watched, stopped,
# and judged when the test ends.
#
#   start_master [-n NAME] [OPTION...] <<CONF   start one and wait until every worker accepts; sets
#                                               $master $endpoint $port $socket $log
#   restart_master [-n NAME] [OPTION...]        the same with the configuration that is there
#   stop_master [-n NAME] [SIGNAL [STATUS]]     end it (TERM) and see its exit status (0)
#   follow_upgrade                              $master is its successor from now on
#   serve MODE KEY=VALUE...                     start the simplest one of that mode
#   refuse_master STATUS [OPTION...] <<CONF     it must not start; its words are in $output
#   begin_call, let_go, end_call                a client (helpers/client.c) in the background
#
# A test runs in a directory of its own, $BATS_TEST_TMPDIR, so `path = s` is enough. After it, every
# master that is left must stop well; then there is no process of its session, no zombie, no
# descriptor more than when it was ready, and no line of a crash or a sanitizer in its log. A test
# that means to break one of these says so: expected='killed by SIGSEGV', descriptors_may_change=1.
# `runner=(strace -f -o trace)` before start_master runs it under another program, preforkd=FILE
# another master.

bats_require_minimum_version 1.8.0 # tags
# shellcheck source=tests/helpers/wait.bash
source "${BASH_SOURCE[0]%/*}/wait.bash"
# shellcheck source=tests/helpers/call.bash
source "${BASH_SOURCE[0]%/*}/call.bash"
# shellcheck source=tests/helpers/judge.bash
source "${BASH_SOURCE[0]%/*}/judge.bash"
# shellcheck source=tests/helpers/sanitizer.bash
source "${BASH_SOURCE[0]%/*}/sanitizer.bash"
# shellcheck source=tests/helpers/text.bash
source "${BASH_SOURCE[0]%/*}/text.bash"
# shellcheck source=tests/helpers/bats.bash
source "${BASH_SOURCE[0]%/*}/bats.bash"

bin=$BUILD/tests
names=() runner=() master='' endpoint='' port='' socket='' log=''
declare -gA leader_of master_of log_of descriptors_of
successors=()

setup() {
  enter_test
}

teardown() {
  leave_test
}

# For files with a setup of their own. The trace is bats': wait.bash says what it costs.
enter_test() {
  [[ ${TRACE-} ]] || set +T
  cd "$BATS_TEST_TMPDIR" || return
}

leave_test() {
  local name status=0
  if [[ ! ${BATS_TEST_COMPLETED-} ]]; then
    show_logs
    end_successors
    return # a master dies with its test: helpers/launch.c
  fi
  for name in "${names[@]}"; do
    if [[ ${master_of[$name]-} ]]; then
      if judge_living "$name"; then
        stop_master -n "$name" || status=1
      else
        status=1
      fi
    fi
    judge_dead "$name" || status=1
  done
  end_successors
  ((status == 0)) || show_logs
  return $status
}

# A test that fails has to end them itself.
end_successors() {
  local pid
  for pid in "${successors[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
  done
}

fail() {
  printf '%s\n' "$@" >&2
  return 1
}

# assert_equal GOT EXPECTED [WHAT]
assert_equal() {
  [[ $1 == "$2" ]] || fail "${3:+$3: }got '$1', expected '$2'"
}

# assert_match GOT REGEX
assert_match() {
  [[ $1 =~ $2 ]] || fail "got '$1', expected a match of '$2'"
}

# refute COMMAND...: it must fail. (`! COMMAND` does not fail a test.)
refute() {
  if "$@"; then
    fail "succeeded: $*"
  fi
}

show_logs() {
  local name
  for name in "${names[@]}"; do
    echo "# the log of $name:"
    cat "${log_of[$name]}"
  done >&2
}

#
# Masters
#

start_master() {
  local name=master
  [[ ${1-} != -n ]] || name=$2
  keep_input "$name.conf"
  restart_master "$@"
}

restart_master() {
  local name=master seconds=${ready_seconds:-20} ready
  if [[ ${1-} == -n ]]; then
    name=$2
    shift 2
  fi
  log=$BATS_TEST_TMPDIR/$name.log
  log_of[$name]=$log
  [[ " ${names[*]} " == *" $name "* ]] || names+=("$name")
  ready=$BATS_FILE_TMPDIR/$name.ready # for all tests of the file
  [[ -p $ready ]] || mkfifo "$ready"
  "$bin/launch" -k 9 "${runner[@]}" "${preforkd:-$BUILD/preforkd}" -c "$name.conf" --ready-fd 9 "$@" \
    </dev/null >"$name.out" 2>>"$log" 9>"$ready" 3>&- &
  leader_of[$name]=$!
  if ! read -r -t "$seconds" <"$ready"; then
    fail "the master was not ready in $seconds s, or ended"
    return
  fi
  use_master "$name"
  master_of[$name]=$master
  see_descriptors "$master"
  descriptors_of[$name]=$seen
}

# Let $master, $endpoint, $port, $socket and $log speak of NAME, and of its POOL where it has several.
use_master() { # NAME [POOL]
  local line='' lines i pattern="preforkd\[[0-9]+\]: ready: pool ${2:-[^,]+}, .* on "
  log=${log_of[$1]}
  mapfile -t lines <"$log"
  for ((i = ${#lines[@]} - 1; i >= 0; i--)); do
    if [[ ${lines[i]} =~ $pattern ]]; then
      line=${lines[i]}
      break
    fi
  done
  [[ $line ]] || fail "the log of $1 does not say that ${2-it} is ready" || return
  master=${line##*preforkd[}
  master=${master%%]*}
  endpoint=${line##* on }
  endpoint=${endpoint%%,*}
  # shellcheck disable=SC2034 # for the tests
  port=${endpoint##*:} socket=${endpoint#unix:}
}

# Set $process to that whose end is the master's: the one that runs it, or a successor.
find_process_of() { # NAME
  process=${leader_of[$1]}
  [[ " ${successors[*]} " != *" ${master_of[$1]} "* ]] || process=${master_of[$1]}
}

# The successor is the master of its name, once it is in charge.
follow_upgrade() {
  local old=$master new
  master_of[${1-master}]='' # it may end before its successor says so: that is no death
  wait_for "${ready_seconds:-20}" log_has "^preforkd\[[0-9]+\]: taken over from process $old(,|\$)"
  new=$(sed -n "s/^preforkd\[\([0-9]*\)\]: taken over from process $old\>.*/\1/p" "$log")
  successors+=("$new")
  master_of[${1-master}]=$new
  master=$new
}

# Whether a master has ended although no test stopped it.
a_master_died() {
  local name process
  for name in "${!master_of[@]}"; do
    [[ ${master_of[$name]} ]] || continue
    find_process_of "$name"
    ! has_ended "$process" || return 0
  done
  return 1
}

stop_master() {
  local name=master signal expected_status
  if [[ ${1-} == -n ]]; then
    name=$2
    shift 2
  fi
  signal=${1-TERM} expected_status=${2-0}
  kill -s "$signal" "${master_of[$name]}"
  await_master "$name" "$expected_status"
}

# Wait for the end of NAME, which was asked to stop, and check that its exit status is STATUS.
await_master() { # NAME STATUS
  local status=0 process
  find_process_of "$1"
  master_of[$1]=
  wait_for "${stop_seconds:-30}" has_ended "$process"
  [[ $process == "${leader_of[$1]}" ]] || return 0 # not a child of this shell, which cannot know its status
  { wait "$process" || status=$?; } 2>/dev/null # bash would say `Killed`
  assert_equal "$status" "$2" "the exit status of $1"
}

# A signal that a master does not survive is seen as the shell sees it: KILL is 137.
kill_master() { # [-n NAME]
  local name=master
  [[ ${1-} != -n ]] || name=$2
  stop_master -n "$name" KILL 137
}

refuse_master() {
  local expected_status=$1
  shift
  keep_input refused.conf
  run timeout 20 "${runner[@]}" "$BUILD/preforkd" -c refused.conf "$@" 3>&-
  # shellcheck disable=SC2154 # bats sets it
  assert_equal "$status" "$expected_status" "the exit status, with '$output',"
}

# each_is_refused: each line `TEXT|PLACE: MESSAGE` of standard input is a configuration, with `\n` for the ends of its
# lines, and all that `preforkd -t` says of it.
each_is_refused() {
  local text message
  while IFS='|' read -r text message; do
    printf '%b' "$text" >refused.conf
    run "$BUILD/preforkd" -t -c refused.conf 3>&-
    # shellcheck disable=SC2154 # bats sets them
    assert_equal "$status" 78 "$text"
    assert_equal "$output" "refused.conf:$message"
  done
}

# serve MODE KEY=VALUE...: start_master in that mode, at the path `s` or on a port of the kernel's choice,
# with two workers unless it is said otherwise.
serve() {
  local text='path = s'
  [[ $1 == unix ]] || text='port = 0'
  text="mode = $1"$'\nworkers = 2\n'$text
  shift
  start_master "${@/#/-o}" <<<"$text"
}

log_has() { # REGEX
  file_has "$log" "$1"
}

# The workers' pids, a line each.
# shellcheck disable=SC2120 # tests pass it
workers() { # [MASTER]
  local -a pids
  mapfile -d ' ' -t pids <"/proc/${1-$master}/task/${1-$master}/children" || return
  ((${#pids[@]} == 0)) || printf '%s\n' "${pids[@]}"
}

# The only worker; of several, the first.
worker() {
  local -a pids
  mapfile -d ' ' -n 1 -t pids <"/proc/$master/task/$master/children"
  echo "${pids[0]-}"
}

worker_is_other_than() { # PID
  [[ $(worker) && $(worker) != "$1" ]]
}

worker_count_is() { # N
  local -a pids
  mapfile -d ' ' -t pids <"/proc/$master/task/$master/children" || return
  ((${#pids[@]} == $1))
}

# Whether one of these processes has not ended; sets $left to those.
one_is_left() { # PID...
  local pid
  left=()
  for pid in "$@"; do
    has_ended "$pid" || left+=("$pid")
  done
  ((${#left[@]} == 1))
}

# Print how often $master and its workers have slept: unchanged where none of them was woken.
all_switches() {
  local pids
  mapfile -d ' ' -t pids <"/proc/$master/task/$master/children"
  pids=("$master" "${pids[@]}")
  pids=("${pids[@]/#//proc/}")
  grep ctxt_switches "${pids[@]/%//status}"
}
