#!/usr/bin/env bats
# Line 13: the load generator tells of stalls and of itself, and makes a crowd.

load ../helpers/common
load shown

# begin_load FILE OPTION...: preforkload in the background, its report as FILE; end_load sets $status.
begin_load() {
  "$BUILD/preforkload" "$endpoint" --quiet --json "${@:2}" >"$1" 3>&- &
  generator=$!
}

end_load() {
  status=0
  wait "$generator" || status=$?
}

ms() { # FILE KEY
  calculate "$(json "$1" "$2") / 1e6"
}

text() { # FILE KEY
  grep -o "\"$2\":\"[^\"]*\"" "$1" | cut -d '"' -f 4
}

# stall MODE: all workers for 500 ms, in the middle of 3 s at 2,000 requests a second.
stall() {
  local pids late max
  serve "$1" workers=8 backlog=4096
  pids=$(workers)
  begin_load load.json --rate 2000 --duration 3s
  let_pass 1
  # shellcheck disable=SC2086 # words
  kill -STOP $pids
  let_pass 0.5
  # shellcheck disable=SC2086 # words
  kill -CONT $pids
  end_load
  late=$(json load.json late.ended) max=$(ms load.json response.max)
  figure "line 13: all workers stopped for 500 ms under 2,000 requests a second, $1:" \
    "$(json load.json scheduled) due, $(json load.json ok) answered, $late of them over 10 ms late," \
    "at most $max ms; p50 $(ms load.json response.p50) ms, p99 $(ms load.json response.p99) ms"
  assert_equal "$status" 0 "exit status"
  assert_equal "$(json load.json scheduled) $(json load.json ok)" '6000 6000' "due, answered"
  at_least "late requests" "$late" 900
  at_most "late requests" "$late" 1100
  at_least "the longest wait in ms" "$max" 480
  at_most "the longest wait in ms" "$max" 560
}

# run_at PERCENT of $best requests a second, for 3 s.
run_at() {
  local rate
  rate=$(awk "BEGIN { print int($best * $1 / 100) }")
  begin_load load.json --rate "$rate" --duration 3s
  end_load
  figure "line 13: $rate/s, $1 % of what the closed loop did, $mode: exit status $status;" \
    "$(json load.json achieved)/s, p99 $(ms load.json response.p99) ms; $(text load.json verdict)"
}

# hold_crowd MODE: 10,000 connections open at once, from one process.
hold_crowd() {
  local generators
  need_room_for_crowd
  ready_seconds=60 serve "$1" workers=10000 requests_per_connection=unlimited backlog=4096
  begin_load load.json --connections 10000 --hold 3s --timeout 60s
  wait_for 60 holds_all
  generators=$(generators)
  end_load
  figure "line 13: $(json load.json held) connections open at once for 3 s, from $(wc -w <<<"$generators")" \
    "generator process, $(json load.json ok) requests answered, $(json load.json failed) failed, $1"
  assert_equal "$(wc -w <<<"$generators")" 1 "generator processes"
  assert_equal "$status $(json load.json held) $(json load.json ok)" '0 10000 20000' "status, held, answered"
  stop_seconds=60 stop_master
}

generators() {
  echo "$(<"/proc/$generator/task/$generator/children")"
}

# Whether a process of the generator has them all.
holds_all() {
  local pid
  for pid in $(generators); do
    (($(find "/proc/$pid/fd" -lname 'socket:*' | wc -l) >= 10000)) && return
  done
  return 1
}

@test "an open loop counts every request that waited through a stall of 500 ms, unix" {
  stall unix
}

@test "an open loop counts every request that waited through a stall of 500 ms, inet" {
  stall inet
}

@test "at half of the greatest rate the generator keeps its schedule, at three times it says that it did not" {
  local best mode
  for mode in unix inet; do
    serve $mode workers=8
    load_into load.json 60 --duration 3s
    best=$(json load.json achieved)
    figure "line 13: the greatest rate, of a closed loop with 4 connections, $mode: $best/s"
    # The generator is to be excused where others have the processors meanwhile.
    for _ in 1 2 3; do
      run_at 50
      ((status == 3)) || break
    done
    assert_equal "$status" 0 "exit status at half of the greatest rate"
    assert_match "$(text load.json verdict)" '^generator ok: lag p99 [0-9.]+[mu]?s, cpu [0-9]+%$'
    run_at 300
    assert_equal "$status" 3 "exit status at three times the greatest rate"
    assert_match "$(text load.json verdict)" '^the schedule was not held: [0-9]+ never sent, lag p99 [0-9.]+[mu]?s, cpu [0-9]+%$'
    at_least "never sent, where three times as many were due as there are answers" "$(json load.json dropped)" 1
    stop_master
  done
}

@test "one generator process holds 10,000 connections at once, unix" {
  hold_crowd unix
}

@test "one generator process holds 10,000 connections at once, inet" {
  hold_crowd inet
}
