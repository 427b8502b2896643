#!/usr/bin/env bats
# Events that no operator plans: signals to the whole group, dead masters, suspended processes.

load helpers/common
load helpers/background_load
load helpers/upgrade
load helpers/trace

@test "a parent that ignores SIGCHLD does not keep the master from replacing and reaping its workers" {
  # shellcheck disable=SC2034 # for start_master
  runner=(sh -c 'trap "" CHLD ALRM; exec "$@"' sh)
  serve unix workers=1
  victim=$(workers)
  kill -KILL "$victim"
  wait_for 5 log_has "worker $victim .* killed by SIGKILL"
  assert_equal "$(ask)" "char from server = B"
  stop_master
}

@test "TERM to the master and all its workers loses no queued connection" {
  for mode in unix inet; do
    serve $mode workers=2 requests_per_connection=unlimited stop_timeout=10s defer_accept=no
    hold "one$mode"
    hold "two$mode"
    begin_call "queue$mode" -n 5 connect send:A half-close say:queued count
    heard "queue$mode" queued
    # shellcheck disable=SC2046 # words
    kill -TERM "$master" $(workers)
    wait_for 5 log_has stopping
    release "one$mode"
    end_call "queue$mode"
    assert_match "$output" "5 answered, 5 bytes, 0 reset"
    release "two$mode"
    await_master master 0
    : >"$log"
  done
}

@test "a start that fails says why at any log_level" {
  refuse_master 73 -o log_level=error <<'EOF'
mode = unix
path = no/such/directory/s
EOF
  assert_match "$output" "no/such/directory/s.*No such file or directory"
}

is_cut() {
  "$bin/client" "$endpoint" connect eof 3>&-
}

is_answered() {
  [[ $(ask 2>/dev/null) == "char from server = B" ]]
}

@test "a short idle_timeout is kept right after a connection was cut, too" {
  serve unix workers=1 idle_timeout=50ms
  is_cut
  for _ in 1 2; do
    in_time 300 is_cut
    wait_for 5 is_answered # one that is slow to send is cut, too
  done
}

@test "one worker stopped by a signal does not make the watchdog late for the others" {
  serve unix workers=2 idle_timeout=200ms
  kill -STOP "$(worker)"
  let_pass 0.1
  in_time 500 is_cut
}

stops_in_the_backoff() {
  local limit began
  serve unix workers=1
  limit=$(prlimit --pid "$master" --nofile --noheadings --output SOFT)
  prlimit --pid "$master" --nofile=3:
  kill -KILL "$(worker)"
  wait_for 5 log_has 'the next starts in 2 s' || return
  prlimit --pid "$master" --nofile="$limit:"
  began=$EPOCHREALTIME
  stop_master || return
  : >"$log"
  (($(elapsed_ms "$began") < 1000)) || fail "the stop took $(elapsed_ms "$began") ms"
}

@test "a stop during the backoff does not wait for it" {
  try_thrice stops_in_the_backoff
}

@test "a stop with the only worker busy ends with its client" {
  for mode in unix inet; do
    serve $mode workers=1 requests_per_connection=unlimited
    hold "only$mode"
    kill "$master"
    wait_for 5 log_has stopping
    let_pass 0.1
    release "only$mode"
    local began=$EPOCHREALTIME
    await_master master 0
    (($(elapsed_ms "$began") < 10000)) || fail "$mode: the stop took $(elapsed_ms "$began") ms"
    : >"$log"
  done
}

# bats test_tags=alone
@test "a successor that dies when it has only just begun to accept changes nothing" {
  for mode in unix inet; do
    serve $mode control=control
    before=$(workers)
    begin_load
    "$bin/kill_in_upgrade" "$master" new 20000
    end_load
    nothing_changed "$before"
    log_has 'not upgraded: the successor was killed by signal 9'
    stop_master
  done
}

# hold_charge: have the master held right after it has killed the launcher of an upgrade, until end_trace. Sets
# $successor.
hold_charge() {
  local launcher
  # Held in that call until its trace ends, however late this test comes.
  trace "$master" -e trace=kill -e inject=kill:delay_exit=20000000:when=1
  kill -USR2 "$master"
  wait_for 5 log_has 'upgrading: process'
  successor=$(sed -n 's/.*upgrading: process \([0-9]*\),.*/\1/p' "$log")
  launcher=$(sed -n 's/^PPid:\t//p' "/proc/$successor/status")
  ((launcher == 1)) || wait_for 5 has_ended "$launcher" # it has ended where process 1 is the parent by now
}

nothing_is_left() {
  local file
  for file in s s.lock control control.lock; do
    [[ ! -e $file ]] || fail "$file is left"
  done
}

@test "a successor that ends while it is given charge changes nothing, and the listeners are the master's still" {
  serve unix control=control
  before=$(workers)
  hold_charge
  kill -KILL "$successor"
  wait_for 10 has_ended "$successor" # with its descriptors
  end_trace
  wait_for 10 log_has 'not upgraded: the successor ended while it was given charge'
  nothing_changed "$before"
  stop_master
  nothing_is_left
}

@test "a stop while charge is given to a successor ends both, and loses no queued connection" {
  serve unix control=control workers=1 requests_per_connection=unlimited stop_timeout=10s
  hold one
  hold_charge
  hold two # by the successor's worker
  begin_call queue connect send:A half-close say:queued expect:B eof
  heard queue queued
  kill -TERM "$master"
  end_trace
  wait_for 10 log_has 'not upgraded: the master is stopping'
  release two
  wait_for 10 has_ended "$successor"
  release one
  end_call queue
  await_master master 0
  refute log_has 'has taken over'
  nothing_is_left
}
