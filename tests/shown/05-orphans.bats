#!/usr/bin/env bats
# Line 5: the master is killed while half of its workers are busy.

load ../helpers/common
load shown

left_are() { # COUNT PID...
  local pid count=$1 left=0
  shift
  for pid; do
    has_ended "$pid" || left=$((left + 1))
  done
  ((left == count))
}

# round MODE: $took is how long the next master took to be ready.
round() {
  local pids begin
  # The first one chooses the port, the others take it.
  restart_master -n old ${at:+-o "port=$at"}
  [[ $1 == unix ]] || at=$port
  mapfile -t pids < <(workers)
  assert_equal "${#pids[@]}" 8 "workers"
  begin_call busy -n 4 -t 30 connect send:A expect:B say:held wait send:C expect:D half-close eof say:served
  heard busy held

  begin=$EPOCHREALTIME
  kill -KILL "$master"
  restart_master -n new ${at:+-o "port=$at"}
  took=$(since "$begin")
  await_master old 137

  # Who calls now is answered, and by a worker of the new master: its stop line has them all.
  load_into load.json 20 --connections 4 --requests 200
  assert_equal "$(json load.json ok)" 200 "answered by the new master"
  wait_for 1 left_are 4 "${pids[@]}"
  let_go busy
  heard busy served
  end_call busy
  wait_for 1 left_are 0 "${pids[@]}"
  stop_master -n new
  read_stop_line
  assert_equal "$connections $requests" '200 200' "served by the new master"
}

orphans() { # MODE
  local round at='' took address='path = s'
  [[ $1 == unix ]] || address='port = 0'
  printf 'mode = %s\n%s\nworkers = 8\nrequests_per_connection = unlimited\n' "$1" "$address" >old.conf
  cp old.conf new.conf
  for round in {1..20}; do
    echo "round $round" # bare, the next: behind it a || would hide what fails inside
    round "$1"
    echo "$took" >>seconds
  done
  figure "line 5: 20 masters killed with 4 of 8 workers busy, $1: the next one was ready after" \
    "$(percentile 50 <seconds) s (median; most $(percentile 100 <seconds) s), all busy clients answered," \
    "4,000 of 4,000 calls by the new masters"
}

@test "a killed master's busy workers answer, its idle ones go, its address is free, unix" {
  orphans unix
}

@test "a killed master's busy workers answer, its idle ones go, its address is free, inet" {
  orphans inet
}
