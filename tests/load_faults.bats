#!/usr/bin/env bats
# preforkload counts each failure of a server by its kind. helpers/wrong_server.c is a server with wrong
# replies.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/load

# finds_no_server_at ENDPOINT: run both loops, and check that both fail with 69.
finds_no_server_at() {
  endpoint=$1
  for loop in '' '--rate 500'; do
    # shellcheck disable=SC2086 # words
    load_it $loop --duration 20s
    assert_equal "$status" 69 "$1 $loop"
    assert_match "$stderr" '^preforkload: cannot reach '
    (($(figure connect_refused) > 0))
    assert_equal "$(figure ok)" 0
    adds_up
  done
}

# dies_and_comes_back MODE OPTION...: kill and restart the master during a load with these options.
dies_and_comes_back() {
  try_thrice dies_during_a_load "$@"
}

# Where it is back only after the load, the load has to last longer.
dies_during_a_load() {
  local mode=$1 place=() before after
  serve "$mode" workers=2
  before=$endpoint
  [[ $mode == unix ]] || place=(-o "port=$port")
  begin_load dying --duration $((try * try))s --timeout 10s "${@:2}"
  wait_for 5 has_begun dying && kill_master || return
  let_pass 0.2
  restart_master -o workers=2 "${place[@]}" && assert_equal "$endpoint" "$before" || return
  end_load dying
  ended_with 1 && adds_up || return
  (($(figure connect_refused) > 0)) || fail "$output" || return
  stop_master || return
  after=$(sed -nE 's/.* and ([0-9]+) requests served.*/\1/p' "$log" | tail -n 1)
  ((after > 0 && $(figure ok) > after)) || fail "$after answers after it came back: $output"
}

# counts_as HOW ERROR OPTION...: send 20 requests to such a server and check that each fails with ERROR and no other.
counts_as() {
  for mode in unix inet; do
    for loop in '' '--rate 1000'; do
      serve_wrongly $mode "$1"
      # shellcheck disable=SC2086 # words
      load_it --requests 20 $loop "${@:3}"
      ended_with 1
      assert_equal "$(figure "$2") $(figure failed) $(figure ok)" "20 20 0" "$1, $mode $loop: $2, failed, ok"
      adds_up
    done
  done
}

#
# Servers that are down, all the time or for a while
#

@test "no server: 69 at once, in both loops, with every refusal counted" {
  local began=$EPOCHREALTIME
  serve inet
  stop_master
  finds_no_server_at unix:absent
  finds_no_server_at "$endpoint"
  (($(elapsed_ms "$began") < 15000)) || fail "it took $(elapsed_ms "$began") ms"
}

@test "a server that dies and comes back: 1, the refused counted, answers before and after" {
  dies_and_comes_back unix
  dies_and_comes_back inet
}

@test "an open loop goes on calling a server that dies and comes back, and leaves no request out" {
  for mode in unix inet; do
    dies_and_comes_back $mode --rate 500
    assert_equal "$(figure scheduled)" 500
  done
}

#
# Servers with wrong replies
#

@test "right replies of the server with wrong ones are no errors" {
  for mode in unix inet; do
    serve_wrongly $mode right
    load_it --requests 50 --size 64
    assert_equal "$status" 0
    assert_equal "$(figure ok)" 50
  done
}

@test "wrong bytes are mismatches, a byte too many is extra, one too few and the end is short" {
  for size in 1 64; do
    counts_as wrong reply_mismatch --size $size
    counts_as extra reply_extra --size $size
    counts_as short reply_short --size $size
  done
}

@test "a connection that is reset before the reply is reset" {
  counts_as reset reply_reset
}

@test "no reply is a timeout, which counts in the latencies with all its time" {
  counts_as silent reply_timeout --timeout 200ms --connections 20
  within_ms response.max 200 15000
  within_ms response.min 200 15000
}

@test "the reply to the request before is a mismatch, also where it was another connection's" {
  for mode in unix inet; do
    for options in '' --keep-open '--rate 200'; do
      serve_wrongly $mode stale
      # shellcheck disable=SC2086 # words
      load_it --requests 20 --connections 4 --size 64 $options
      ended_with 1
      assert_equal "$(figure reply_mismatch) $(figure ok)" "19 1" "mismatches and ok, $mode $options"
      adds_up
    done
  done
}

@test "wrong replies are exit status 1 beside checks of other things, and 0 where a check allows them" {
  serve_wrongly unix stale
  load_it --requests 20 --connections 1 --size 64 --check 'p99<10s' --check 'rate>0'
  assert_equal "$status $(figure reply_mismatch)" "1 19"
  serve_wrongly unix stale
  load_it --requests 20 --connections 1 --size 64 --check 'p99<10s' --check 'errors<20'
  assert_equal "$status $(figure reply_mismatch)" "0 19"
}

@test "late replies are no errors, and are counted with their full latency" {
  for mode in unix inet; do
    serve_wrongly $mode late:100
    load_it --requests 4 --connections 1
    assert_equal "$status" 0
    within_ms response.min 100 15000
    within_ms service.min 100 15000
  done
}

#
# Time limits
#

# Two connections fit into the backlog and get no reply; the others never connect.
fills_the_backlog() {
  serve_wrongly unix deaf 1
  load_it --connections 4 --requests 4 --connect-timeout 150ms --timeout 700ms
  assert_equal "$status" 1 &&
    assert_equal "$(figure connect_backlog_full) $(figure reply_timeout)" "2 2" &&
    adds_up &&
    within_ms response.min 150 650 &&
    within_ms response.max 700 15000
}

@test "a full backlog is what --connect-timeout ends, not --timeout" {
  local began=$EPOCHREALTIME
  try_thrice fills_the_backlog
  # The first two stay in the backlog, so now none connects.
  load_it --connections 4 --requests 4 --connect-timeout 150ms --timeout 20s
  assert_equal "$status" 69
  assert_equal "$(figure connect_backlog_full)" 4
  serve_wrongly inet deaf 1
  load_it --connections 4 --requests 4 --connect-timeout 150ms --timeout 700ms --processes 1
  assert_equal "$status" 1
  assert_equal "$(figure connect_timeout) $(figure reply_timeout)" "2 2"
  adds_up
  (($(elapsed_ms "$began") < 15000)) || fail "it took $(elapsed_ms "$began") ms"
}

# Timeouts are looked for eight times in each, so such a reply is often there before anything looks.
@test "a reply that comes after --timeout is a timeout, however little later" {
  for mode in unix inet; do
    serve_wrongly $mode late:50
    load_it --connections 1 --requests 6 --timeout 48ms
    assert_equal "$status $(figure reply_timeout) $(figure ok)" "1 6 0" "exit status, timeouts, ok, $mode"
    adds_up
    within_ms response.min 48 15000
  done
}

# The third connection finds the queue full until the reply to the first is there.
@test "a connection that comes about after --connect-timeout has failed, however little later" {
  serve_wrongly unix late:205 0
  load_it --connections 3 --requests 3 --processes 1 --connect-timeout 200ms --timeout 20s
  assert_equal "$status $(figure connect_backlog_full) $(figure ok)" "1 1 2" "exit status, backlog full, ok"
  adds_up
}

# Some connections reach the server, so the run goes on though most attempts time out.
@test "connections that find the queue full do not end the run of an open loop" {
  serve_wrongly unix late:400 1
  load_it --rate 100 --duration 1s --connect-timeout 100ms --processes 1
  assert_equal "$(figure scheduled)" 100 "scheduled"
  (($(figure connect_backlog_full) > 50 && $(figure ok) > 0)) || fail "$output"
  adds_up
}
