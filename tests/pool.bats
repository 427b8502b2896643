#!/usr/bin/env bats
# The workers that the master keeps: replaced when they die, held back when they cannot start, killed
# when they are stopped; and the orphans of process 1.

load helpers/common
load helpers/worker

@test "a worker that dies is logged with pid, slot, signal and connections, and replaced at once" {
  sanitizers_leave handle_segv=0:handle_abort=0 # they are ours
  serve unix workers=1
  # shellcheck disable=SC2034 # for the judgement
  expected='killed by SIG(SEGV|ABRT)'
  for signal in KILL SEGV ABRT ALRM; do
    pid=$(worker)
    assert_equal "$(ask)" "char from server = B" # by the worker that the last one left
    wait_for 5 is_idle "$pid"
    kill -s $signal "$pid"
    wait_for 5 log_has "worker $pid \(pool main, slot 0\) killed by SIG$signal( .core dumped.)?, 1 connections served"
    wait_for 5 worker_is_other_than "$pid"
  done
  refute log_has 'workers in a row failed'
}

is_idle() { # PID
  ! serves "$1"
}

@test "a worker that is killed loses only its own client" {
  serve unix workers=1 requests_per_connection=unlimited
  begin_call lost connect send:A expect:B say:in count
  heard lost in
  begin_call others -n 5 connect send:A half-close say:queued count
  heard others queued
  kill -KILL "$(worker)"
  end_call lost
  end_call others
  assert_match "$output" '5 answered, 5 bytes, 0 reset'
}

@test "workers that fail before they are ready are started again with a growing delay, until one is" {
  command -v prlimit >/dev/null || skip "no prlimit"
  sanitizers_leave detect_leaks=0 # LeakSanitizer needs descriptors
  serve unix workers=1
  starve
  kill -KILL "$(worker)"
  wait_for 5 log_has 'cannot create an epoll: (Too many open files|No file descriptors available)'
  wait_for 5 log_has 'pool main: 3 workers in a row failed; the next starts in 1 s'
  worker_count_is 0
  assert_equal "$(grep -c 'exited with status 71, 0 connections served' "$log")" 3
  wait_for 5 log_has 'pool main: 4 workers in a row failed; the next starts in 2 s'
  prlimit --pid "$master" --nofile="$limit:"
  assert_equal "$(ask)" "char from server = B"
  assert_equal "$(grep -c 'exited with status 71' "$log")" 4
}

@test "a worker that a signal has stopped is killed and replaced, and its connection cut" {
  serve unix workers=1
  pid=$(worker)
  kill -STOP "$pid"
  assert_equal "$(ask)" "char from server = B"
  wait_for 5 log_has "worker $pid \(pool main, slot 0\) stopped by a signal for ([2-9]|[1-9][0-9]+)\.[0-9] s: killed"
  wait_for 5 log_has "worker $pid \(pool main, slot 0\) killed by SIGKILL"
}

is_stopped_for_long() {
  local pid
  : >"$log"
  pid=$(worker)
  hold "client$try" || return
  kill -STOP "$master"
  let_pass 1.1
  kill -CONT "$master"
  release "client$try" && assert_equal "$(worker)" "$pid" && refute log_has 'late|killed|exited'
}

@test "a master that was stopped for longer than the timeouts kills no worker and cuts no connection" {
  serve unix workers=1 idle_timeout=500ms max_connection_time=800ms requests_per_connection=unlimited
  try_thrice is_stopped_for_long
}

@test "no process is woken while nothing happens, after connections as before" {
  start_master <<'CONF'
mode = unix
workers = 2
[pool unix]
path = s
[pool inet]
mode = inet
port = 0
[pool datagram]
mode = inet
type = datagram
port = 0
CONF
  use_master master unix
  ask
  use_master master inet
  ask
  use_master master datagram
  ask --datagram
  let_pass 0.4 # the watchdog has looked once more, and sleeps
  try_thrice is_at_rest 2
}

@test "process 1 reaps orphans that it does not know" {
  unshare -pf --kill-child --mount-proc true 2>/dev/null || skip "unshare is not permitted here"
  mkfifo orphan
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' >x.conf
  mkfifo ready
  # shellcheck disable=SC2016 # sh expands it
  "$bin/launch" -k 4 unshare -pf --kill-child --mount-proc \
    sh -c '(read -r line <orphan 4>&- &); exec "$@"' sh "$BUILD/preforkd" -c x.conf --ready-fd 4 \
    4>ready 2>x.log 3>&- &
  pid=$!
  read -r -t 20 <ready
  grep -q '^preforkd\[1\]: ready' x.log
  first=$(workers "$pid")
  assert_equal "$(workers "$first" | wc -l)" 2 "children of process 1"
  echo >orphan
  wait_for 5 has_children "$first" 1
  assert_equal "$(<"/proc/$(workers "$first")/comm")" preforkd:main
  assert_equal "$("$BUILD/preforkcall" unix:s)" "char from server = B"
  kill "$first"
  wait "$pid"
  refute grep -q killed x.log
}

has_children() { # PID N
  [[ $(workers "$1" | wc -l) == "$2" ]]
}
