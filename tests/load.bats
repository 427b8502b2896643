#!/usr/bin/env bats
# preforkload from the command line: what it sends, and what it refuses. load_status.bats has its exit statuses,
# load_report.bats its reports, load_faults.bats what it counts of faulty servers.

load helpers/common
load helpers/client

@test "preforkload counts what it sent, and says what the server did with it" {
  serve unix
  load_it "$endpoint" --requests 300 --connections 3
  assert_equal "$status" 0
  assert_equal "$stderr" ''
  assert_match "$output" "target +$endpoint"
  assert_match "$output" 'closed loop, 3 connections, one request each, 1 byte a request'
  assert_match "$output" 'counts +scheduled 300, sent 300, ok 300, failed 0, dropped 0'
  assert_match "$output" 'response '
  assert_match "$output" 'verdict '
  stop_master
  log_has '300 connections and 300 requests served'
}

@test "--keep-open sends many requests a connection, as many as the pool answers" {
  serve inet workers=3 requests_per_connection=unlimited
  load_it "$endpoint" --requests 300 --connections 3 --keep-open --size 100
  assert_equal "$status" 0
  assert_match "$output" 'ok 300, failed 0'
  stop_master
  log_has 'stopped: pool main, 3 connections and 300 requests served'
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 3' 'requests_per_connection = 10' >conf
  start_master -n ten <conf
  load_it -c ten.conf --requests 300 --connections 3 --keep-open
  assert_equal "$status" 0
  stop_master -n ten
  log_has 'stopped: pool main, 3[0-3] connections and 300 requests served'
}

@test "--duration ends it" {
  serve unix
  local began=$EPOCHREALTIME
  load_it "$endpoint" --duration 200ms
  assert_equal "$status" 0
  (($(elapsed_ms "$began") >= 200 && $(elapsed_ms "$began") < 8000)) # without it, it would take 10 s
}

@test "--processes share the requests: none is lost, none is sent twice" {
  serve unix
  load_it "$endpoint" --requests 301 --connections 7 --processes 3
  assert_equal "$status" 0
  assert_match "$output" 'from 3 processes'
  assert_match "$output" 'scheduled 301, sent 301, ok 301, failed 0, dropped 0'
  load_it "$endpoint" --requests 200 --rate 2000 --processes 3
  ended_well
  assert_match "$output" 'scheduled 200, sent 200, ok 200, failed 0, dropped 0'
  stop_master
  log_has '501 connections and 501 requests served'
  load_it "$endpoint" --connections 2 --processes 3 --requests 2
  assert_match "$output" 'from 2 processes' # a process without a connection does nothing
}

@test "--rate is an open loop: its schedule is kept, and its lag reported" {
  serve unix
  load_it "$endpoint" --rate 500 --duration 400ms
  ended_well
  assert_match "$output" 'model +open loop, 500/s, up to 1000 connections, one request each'
  assert_match "$output" 'counts +scheduled 200, sent 200, ok 200, failed 0, dropped 0'
  assert_match "$output" 'schedule +asked 500/s, [0-9]+ began over 1ms late, lag p50 [0-9.]+[num]?s p99 [0-9.]+[num]?s max [0-9.]+[num]?s'
  assert_match "$output" 'late +[0-9]+ ended more than 10ms after they were due'
  assert_match "$output" 'verdict +(generator ok|the schedule was not held): .*lag p99 [0-9.]+[num]?s, cpu [0-9]+%'
  refute grep -q 'closed loop\|under-count' out
}

@test "--warm-up is sent, and not counted" {
  serve unix
  load_it "$endpoint" --rate 500 --warm-up 200ms --requests 50 --json
  ended_well
  assert_equal "$(figure scheduled) $(figure ok) $(figure warm_up_ns)" '50 50 200000000'
  stop_master
  log_has 'stopped: pool main, 150 connections and 150 requests served'
}

@test "--late is the response time above which a request counts as late" {
  serve unix workers=1
  kill -STOP "$(workers)"
  begin_load "$endpoint" --requests 2 --connections 2 --late 50ms --json
  wait_for 10 is_connected "$load" 2
  let_pass 0.1
  kill -CONT "$(workers)"
  end_load
  assert_equal "$status $(figure ok)" '0 2'
  assert_match "$output" '"late":\{"began":null,"ended":2,"began_over_ns":1000000,"ended_over_ns":50000000\}'
}

# Return whether the processes of LOAD have COUNT sockets.
is_connected() { # LOAD COUNT
  local pid sockets=0
  for pid in $(workers "$1"); do
    sockets=$((sockets + $(find "/proc/$pid/fd" -lname 'socket:*' | wc -l)))
  done
  ((sockets == $2))
}

@test "--hold holds all connections at once, and has each answered twice" {
  serve unix workers=10 requests_per_connection=unlimited
  load_it "$endpoint" --connections 10 --hold 200ms
  assert_equal "$status" 0
  assert_match "$output" 'ok 20, failed 0'
  assert_match "$output" 'held +10'
}

@test "-c: the reply follows from the service; what the pool does not answer: 64" {
  serve unix service=echo
  printf '%s\n' 'mode = unix' 'path = s' 'service = echo' >echo.conf
  load_it -c echo.conf --requests 50 --size 512
  assert_equal "$status" 0
  assert_match "$output" 'pool main, service echo'
  load_it -c master.conf --size 2
  said 64 '' "preforkload: --size above 1 needs a pool that answers every byte: pool 'main' has requests_per_connection = 1"
  load_it -c master.conf --keep-open
  assert_equal "$status" 64
}

@test "a configuration without the pool: 64" {
  printf '%s\n' 'mode = unix' '[pool one]' 'path = s1' '[pool two]' 'path = s2' >two.conf
  load_it -c two.conf
  said 64 '' 'preforkload: two.conf has several pools; choose one with -p: one two'
  load_it -c two.conf -p three --rate 5
  said 64 '' "preforkload: two.conf has no pool 'three'; it has: one two"
}

@test "more connections than the pool or this machine has room for: a warning" {
  serve unix backlog=3
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 2' 'backlog = 3' >small.conf
  load_it -c small.conf --requests 1 --connections 5
  said 0 "$output" ''
  load_it -c small.conf --requests 1 --connections 6
  said 0 "$output" "preforkload: 6 connections, and pool 'main' has room for 5 at once: workers = 2, backlog = 3"
  load_it -c small.conf --requests 1 --rate 1000 --connections 6
  assert_match "$stderr" "and pool 'main' has room for 5 at once"
  load_it -c small.conf --requests 1 --rate 1000 # it takes as many as it needs
  assert_equal "$stderr" ''
  stop_master
  serve inet
  load_it "$endpoint" --requests 1 --connections 65536 # no range of ports is wider
  assert_match "$stderr" 'preforkload: 65536 connections, and .*ip_local_port_range has [0-9]+ ports for them'
  [[ $status == 0 || ($status == 71 && $stderr == *'descriptors and the hard limit is'*) ]]
}

@test "a hard limit of descriptors that is too low: 71" {
  serve unix
  run bash -c 'ulimit -n 64; exec "$BUILD/preforkload" unix:s --connections 100 --requests 1 3>&-'
  assert_equal "$status" 71
  assert_equal "$output" 'preforkload: 100 connections need 116 descriptors and the hard limit is 64: raise it (ulimit -Hn) or lower --connections'
}

@test "interrupted: 130, with the report of the run until then, and no process is left" {
  for signal in INT TERM; do
    for loop in '--connections 6' '--rate 500'; do
      serve unix
      # shellcheck disable=SC2086 # words
      begin_load "$endpoint" $loop --processes 3 --duration 30s --json --check 'max<1ns'
      wait_for 10 has_served
      assert_equal "$(workers "$load" | wc -w)" 3
      if [[ $signal == INT ]]; then
        kill -s INT -- "-$load" # a terminal's Ctrl-C reaches them all
      else
        kill -s TERM "$load"
      fi
      end_load
      assert_equal "$status" 130 "exit status after $signal, with '$stderr',"
      is_json out || fail "$output"
      (($(figure ok) > 0))
      assert_equal "$(figure failed)" 0
      assert_match "$output" '"interrupted":true'
      stop_master
    done
  done
}

@test "a wrong command line: 64 for preforkload" {
  for arguments in '' '-x' 'somewhere' 'unix:s more' 'unix:s --requests 0' 'unix:s --connections x' \
    'unix:s --duration 5x' 'unix:s --expect what' 'unix:s --size 0' 'unix:s --hold 1s --requests 5' \
    '--datagram unix:s --size 70000' '-p main unix:s' 'unix:s --rate 0' 'unix:s --rate -1' \
    'unix:s --rate 1.5' 'unix:s --rate 99999999999999999999' 'unix:s --requests 9223372036854775808' \
    'unix:s --duration 9223372036854775807d' 'unix:s --seed 4294967296' 'unix:s --processes 0' \
    'unix:s --interval 0s' 'unix:s --hold 1s --rate 5' 'unix:s --hold 1s --processes 2' \
    'unix:s --rate' 'unix:s --tolerance 5%' '-c' 'unix:s --late 0s'; do
    # shellcheck disable=SC2086 # words
    load_it $arguments
    assert_equal "$status" 64 "exit status of preforkload $arguments"
    assert_equal "$output" ''
    assert_match "$stderr" "preforkload: |try 'preforkload -h'"
  done
  load_it unix:s --rate 0
  assert_match "$stderr" "^preforkload: --rate '0' is too small"
  load_it unix:s --rate 99999999999999999999
  assert_match "$stderr" "^preforkload: --rate '99999999999999999999' is too large"
}

@test "the help fits into 80 columns" {
  load_it -h
  assert_equal "$status" 0
  assert_match "$output" '--check RULE'
  refute grep -E '.{81}' out
}

@test "output that cannot be written: 71 for preforkload" {
  serve unix
  for options in --quiet --json; do
    # shellcheck disable=SC2016 # that shell's words
    run bash -c 'exec "$BUILD/preforkload" unix:s --requests 1 $0 >/dev/full 3>&-' $options
    assert_equal "$status" 71
    assert_match "$output" 'cannot write to standard output: No space left on device'
  done
}
