#!/usr/bin/env bats
# The end: a graceful stop, a fast one, and the death of the master without a word.

load helpers/common
load helpers/trace

stop_line_is() { # REST
  assert_equal "$(grep -o 'stopped: pool main, .*' "$log")" "stopped: pool main, $1"
}

@test "TERM, INT and QUIT stop gracefully: the active connection is answered, new ones are refused, exit 0" {
  for signal in TERM INT QUIT; do
    serve unix requests_per_connection=unlimited
    hold "client$signal"
    kill -s "$signal" "$master"
    wait_for 5 log_has 'stopping: waiting for 1 active connections \(at most 25s\); another signal stops at once'
    refute test -e s
    run ask
    assert_equal "$status" 69
    release "client$signal"
    await_master master 0
    stop_line_is '1 connections and 2 requests served, 0 cut, 0 refused, 0 dropped'
    : >"$log"
  done
}

@test "an inet stop answers the active connection and frees the port at once" {
  serve inet requests_per_connection=unlimited
  hold client
  kill "$master"
  wait_for 5 log_has stopping
  wait_for 5 is_refused
  printf '%s\n' 'mode = inet' 'workers = 1' >next.conf
  was=$endpoint
  restart_master -n next -o "port=$port"
  assert_equal "$endpoint" "$was"
  assert_equal "$(ask)" "char from server = B"
  release client
  await_master master 0
}

is_refused() {
  ask --timeout 100ms 2>&1 | grep -q refused
}

@test "clients that wait in the accept queue are answered before a stop ends" {
  for mode in unix inet; do
    serve $mode workers=1 requests_per_connection=unlimited
    hold "holder$mode"
    begin_call "queue$mode" -n 20 connect send:A half-close say:queued count
    heard "queue$mode" queued
    kill "$master"
    wait_for 5 log_has stopping
    release "holder$mode"
    end_call "queue$mode"
    assert_match "$output" '20 answered, 20 bytes, 0 reset'
    await_master master 0
    stop_line_is '21 connections and 22 requests served, 0 cut, 0 refused, 0 dropped'
    : >"$log"
  done
}

@test "a second signal stops fast: the active connection is cut and counted, exit 0" {
  for mode in unix inet; do
    serve $mode requests_per_connection=unlimited
    begin_call "client$mode" connect send:A expect:B say:in count
    heard "client$mode" in
    kill "$master"
    wait_for 5 log_has stopping:
    local began=$EPOCHREALTIME
    stop_master INT
    (($(elapsed_ms "$began") < 10000)) # stop_timeout is 25 s
    end_call "client$mode"
    log_has 'stopping now \(asked for a second time\): 1 active connections'
    stop_line_is '0 connections and 1 requests served, 1 cut, 0 refused, 0 dropped'
    [[ $mode == inet ]] || refute test -e s
    : >"$log"
  done
}

# Within 200 ms: later it would be a second request.
is_asked_twice_at_once() { # MODE SIGNAL
  serve "$1" requests_per_connection=unlimited || return
  hold "c$1$2" || return
  kill -s "$2" "$master"
  wait_for 5 log_has stopping: || return
  kill -s "$2" "$master"
  let_pass 0.05
  let_go "c$1$2"
  await_master master 0 || return
  ! log_has 'asked for a second time' || {
    end_call "c$1$2" 1
    : >"$log"
    return 1
  }
  end_call "c$1$2"
}

@test "the same signal twice at once, as timeout(1) sends it, is one request: no active connection is cut" {
  for mode in unix inet; do
    for signal in TERM INT QUIT; do
      try_thrice is_asked_twice_at_once $mode $signal
      stop_line_is '1 connections and 2 requests served, 0 cut, 0 refused, 0 dropped'
      : >"$log"
    done
  done
}

@test "when stop_timeout is over, active connections are cut and counted, exit 0" {
  serve unix stop_timeout=300ms workers=3
  begin_call silent -n 2 connect say:in eof
  heard silent in
  local began=$EPOCHREALTIME
  stop_master
  (($(elapsed_ms "$began") >= 300 && $(elapsed_ms "$began") < 10000))
  end_call silent
  log_has 'stopping now \(stop_timeout is over\): 2 active connections'
  stop_line_is '0 connections and 0 requests served, 2 cut, 0 refused, 0 dropped'
}

@test "stop_timeout = none waits for as long as it takes" {
  serve unix stop_timeout=none requests_per_connection=unlimited
  hold client
  kill "$master"
  wait_for 5 log_has 'stopping: waiting for 1 active connections \(as long as it takes\)'
  release client
  await_master master 0
}

is_stopped_quickly() {
  serve inet workers=100 || return
  local began=$EPOCHREALTIME
  stop_master || return
  (($(elapsed_ms "$began") < 1000)) || fail "$(elapsed_ms "$began") ms"
}

@test "an idle stop is quick, with many workers too" {
  try_thrice is_stopped_quickly
}

@test "the stop line's figures are the load generator's" {
  for mode in unix inet; do
    serve $mode
    run "$BUILD/preforkload" "$endpoint" --requests 1000 --connections 8
    assert_equal "$status" 0
    assert_match "$output" 'scheduled 1000, sent 1000, ok 1000, failed 0, dropped 0'
    stop_master
    stop_line_is '1000 connections and 1000 requests served, 0 cut, 0 refused, 0 dropped'
    : >"$log"
  done
}

@test "ten stops under load: every client that had connected is answered" {
  for round in {1..10}; do
    serve unix workers=2 path="s$round"
    begin_call "crowd$round" -n 50 connect send:A say:connected count
    heard "crowd$round" connected
    stop_master
    end_call "crowd$round"
    assert_match "$output" '50 answered, 50 bytes, 0 reset'
    stop_line_is '50 connections and 50 requests served, 0 cut, 0 refused, 0 dropped'
    : >"$log"
  done
}

@test "a master killed by SIGKILL: idle workers are gone, busy ones answer, a new master has the address at once" {
  for pool in unix inet; do
    printf '%s\n' 'workers = 3' 'requests_per_connection = unlimited' "mode = $pool" "path = s" >kill.conf
    start_master -n "old$pool" -o port=0 <kill.conf
    [[ $pool == inet ]] || port=0
    hold "client$pool"
    busy=$(workers | while read -r pid; do sockets "$pid"; done | grep -c ' 2$')
    assert_equal "$busy" 1
    mapfile -t pids < <(workers)
    kill_master -n "old$pool"
    begin=$EPOCHREALTIME
    start_master -n "new$pool" -o "port=$port" <kill.conf 2>/dev/null
    (($(elapsed_ms "$begin") < 5000)) || fail "the address was free after $(elapsed_ms "$begin") ms"
    wait_for 5 only_left_is_one "${pids[@]}"
    assert_equal "$(ask A)" B # by the new one
    release "client$pool"     # by the old one
    wait_for 5 session_is_over "${leader_of[old$pool]}"
    stop_master -n "new$pool"
    log_has 'stopped: pool main, 1 connections and 1 requests served'
  done
}

sockets() { # PID
  echo "$1 $(find "/proc/$1/fd" -lname 'socket:*' | wc -l)"
}

only_left_is_one() { # PID...
  local pid left=0
  for pid in "$@"; do
    has_ended "$pid" || left=$((left + 1))
  done
  ((left == 1))
}

@test "a busy worker whose master was killed ends stop_timeout and a second later, with a silent client too" {
  serve unix stop_timeout=100ms workers=1
  begin_call silent connect say:in eof
  heard silent in
  wait_for 5 serves "$(worker)"
  kill_master
  wait_for 10 session_is_over "${leader_of[master]}"
  end_call silent
}

@test "so does one that was started after the master had closed a listener" {
  serve unix stop_timeout=100ms workers=1 control=control
  sed -i 's/^path = s$/path = moved/' master.conf
  "$BUILD/preforkctl" -s control reload 3>&-
  "$BUILD/preforkctl" -s control reload 3>&- # its workers were forked when the listener was closed
  endpoint=unix:$PWD/moved
  begin_call silent connect say:in eof
  heard silent in
  wait_for 5 serves "$(workers | tail -n 1)"
  kill_master
  wait_for 10 session_is_over "${leader_of[master]}"
  end_call silent
}

@test "a worker that does not end although it was killed is waited for no longer, and what it has served still counts" {
  local pid
  serve unix control=control workers=1 stop_timeout=100ms requests_per_connection=unlimited
  ask >/dev/null
  hold busy
  pid=$(worker)
  trace "$pid"
  kill -STOP "${tracer_of[trace]}" # the parent of a traced process learns of its end after the tracer
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 10 log_has "worker $pid .* does not end although it was killed"
  run -0 "$BUILD/preforkctl" -s control status --json 3>&-
  assert_match "$output" '"accepted":2,'
  kill -CONT "${tracer_of[trace]}"
  wait_for 5 has_ended "${tracer_of[trace]}" # as what it traced has
  release busy || true
}
