#!/usr/bin/env bats
# preforkload counts every request: under overload, in warm-ups, and of several processes.

load helpers/common
load helpers/load

@test "a rate above what the server can answer: 3, and unsent requests are counted as dropped" {
  local began=$EPOCHREALTIME
  for mode in unix inet; do
    serve_wrongly $mode late:50
    load_it --rate 500 --connections 10 --duration 500ms --timeout 20s
    assert_equal "$status $(figure scheduled)" "3 250" "exit status, scheduled"
    (($(figure dropped) > 150 && $(figure ok) > 0)) || fail "$output"
    adds_up
    assert_match "$output" 'the schedule was not held'
    within_ms response.max 450 15000
  done
  (($(elapsed_ms "$began") < 20000)) || fail "it took $(elapsed_ms "$began") ms"
}

@test "two generators at one server get their own replies" {
  for mode in unix inet; do
    serve $mode workers=4 requests_per_connection=unlimited
    begin_load one --size 64 --requests 2000 --keep-open --connections 2
    begin_load two --size 64 --requests 2000 --connections 4
    for name in one two; do
      end_load $name
      assert_equal "$status" 0 "$output"
      assert_equal "$(figure ok) $(figure reply_mismatch)" "2000 0"
    done
    stop_master
    log_has 'and 4000 requests served'
  done
}

@test "--requests is exact, for any number of processes and in both loops" {
  serve unix workers=8
  for requests in 1 2 3 7; do
    for processes in 1 2 3 7; do
      for loop in '' '--rate 1000'; do
        # shellcheck disable=SC2086 # words
        load_it --requests $requests --processes $processes --connections 8 $loop
        ended_with 0
        assert_equal "$(figure scheduled) $(figure sent) $(figure ok)" "$requests $requests $requests" \
          "$requests requests, $processes processes $loop"
      done
    done
  done
  stop_master
  log_has 'and 104 requests served'
}

@test "several processes share one schedule, and their counts add up" {
  for mode in unix inet; do
    serve $mode workers=4
    load_it --processes 3 --rate 1000 --duration 500ms
    ended_with 0
    assert_equal "$(figure scheduled) $(figure ok)" "500 500"
    adds_up
    load_it --processes 3 --connections 7 --duration 300ms
    ended_with 0
    adds_up
    served=$((500 + $(figure ok)))
    stop_master
    log_has "and $served requests served"
  done
}

@test "the warm-up is served and not counted" {
  serve unix workers=4
  load_it --rate 1000 --warm-up 300ms --duration 500ms
  ended_with 0
  assert_equal "$(figure scheduled) $(figure ok)" "500 500"
  adds_up
  stop_master
  log_has 'and 800 requests served'
  serve unix workers=4
  load_it --warm-up 300ms --requests 200
  assert_equal "$status" 0
  assert_equal "$(figure scheduled) $(figure ok)" "200 200"
  stop_master
  refute log_has 'and 200 requests served'
}
