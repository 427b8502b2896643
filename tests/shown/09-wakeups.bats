#!/usr/bin/env bats
# Line 9: no wakeup is lost, and no worker is killed because its master or a neighbour was stopped.

load ../helpers/common
load shown

# woken MODE SIGNAL: 400 rounds of two clients and a signal to one of two workers.
woken() {
  local answered cut hung slowest
  serve "$1" workers=2
  timeout 110 "$bin/wakeup_race" "$(target)" "$master" "$2" 400 >race.out 3>&-
  cat race.out
  read -r _ answered _ cut _ hung _ slowest _ < <(tail -n 1 race.out)
  figure "line 9: 400 times two clients while a worker gets SIG$2, $1: $answered answered," \
    "$cut cut in a killed worker's hands, $hung hung; slowest $slowest ms"
  assert_equal "$hung" 0 "clients that hung"
  assert_equal "$(wc -l <race.out)" 1 "rounds with more than one client cut, plus the sum,"
  [[ $2 == KILL ]] || assert_equal "$answered" 800 "answered"
}

@test "two clients while a worker is retired are both served, 400 times, unix" {
  woken unix TERM
}

@test "two clients while a worker is retired are both served, 400 times, inet" {
  woken inet TERM
}

@test "two clients while a worker is killed are served, except a connection that it had accepted, 400 times, unix" {
  woken unix KILL
}

@test "two clients while a worker is killed are served, except a connection that it had accepted, 400 times, inet" {
  woken inet KILL
}

@test "with a silent client on each of 16 workers the next client is served within idle_timeout + 1 s" {
  local begin took
  serve unix workers=16 idle_timeout=2s
  begin_call silent -n 16 -t 30 connect say:connected eof
  heard silent connected
  begin=$EPOCHREALTIME
  assert_equal "$(ask)" 'char from server = B'
  took=$(since "$begin")
  end_call silent
  figure "line 9: behind 16 silent clients the next one was served after $took s (idle_timeout = 2s)"
  at_most "the wait behind silent clients, in s" "$took" 3
  at_least "the wait behind silent clients, in s" "$took" 1.9
}

is_replaced() { # PID
  has_ended "$1" && worker_count_is 2
}

@test "a worker stopped by SIGSTOP is replaced, and its client's end does not hurt another" {
  local begin victim
  serve unix workers=2
  victim=$(workers | head -n 1)
  begin=$EPOCHREALTIME
  kill -STOP "$victim"
  wait_for 5 is_replaced "$victim"
  figure "line 9: a worker stopped by SIGSTOP was replaced after $(since "$begin") s"
  log_has "worker $victim .* stopped by a signal for [0-9.]+ s: killed"
  assert_equal "$(ask)" 'char from server = B'
}

@test "a master stopped for 4 s with a timeout of 3 s kills no worker and cuts no connection" {
  local before
  serve unix workers=4 idle_timeout=3s max_connection_time=3s \
    requests_per_connection=unlimited
  before=$(workers)
  begin_call held -n 3 -t 30 connect send:A expect:B say:held sleep:4000 say:continue \
    wait sleep:1500 send:C expect:D half-close eof
  heard held held
  kill -STOP "$master"
  heard held continue
  kill -CONT "$master"
  let_go held
  end_call held
  assert_equal "$(workers)" "$before" "the workers"
  refute log_has 'connection cut| killed|does not react'
  figure "line 9: a master stopped for 4 s with idle_timeout and max_connection_time = 3s: 3 busy" \
    "clients served 1.5 s later, 0 cut, the same 4 workers"
}
