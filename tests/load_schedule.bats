#!/usr/bin/env bats
# preforkload reports stalls, of the server and its own, in full.

# bats file_tags=alone

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/load

# stall NAME: stop all workers for half a second while load NAME runs. On a busy machine it can be longer;
# $stalled_ms is an upper bound.
stall() {
  local pids began
  wait_for 5 has_begun "$1"
  pids=$(workers)
  began=$EPOCHREALTIME
  # The master as well: where the stall lasts, it would kill them.
  # shellcheck disable=SC2086 # words
  kill -STOP "$master" $pids
  let_pass 0.5
  # shellcheck disable=SC2086 # words
  kill -CONT $pids "$master"
  stalled_ms=$(elapsed_ms "$began")
}

# 250 requests come due during the stall and wait for its end.
reports_an_open_stall() {
  local late
  begin_load stalled --rate 500 --duration 1200ms --late 50ms
  stall stalled
  end_load stalled
  ended_with 0 &&
    assert_equal "$(figure scheduled) $(figure ok)" "600 600" "scheduled, ok" &&
    within_ms response.max 450 $((stalled_ms + 1000)) &&
    within_ms response.p99 350 $((stalled_ms + 1000)) || return
  late=$(figure late.ended)
  ((late >= 175 && late <= (stalled_ms + 500) / 2)) || fail "late: $late, $output"
}

@test "an open loop's report of a stall has all requests that had to wait" {
  for mode in unix inet; do
    serve $mode workers=4 backlog=4096
    try_thrice reports_an_open_stall
    stop_master
  done
}

reports_a_closed_stall() {
  begin_load stalled --connections 4 --duration 1s --late 50ms
  stall stalled
  end_load stalled
  assert_equal "$status" 0 &&
    within_ms response.max 400 $((stalled_ms + 1000)) &&
    within_ms response.p99 0 100 || return
  (($(figure late.ended) < 100)) || fail "$output"
}

@test "a closed loop's report of a stall has few requests that had to wait, and says so" {
  serve unix workers=4
  try_thrice reports_a_closed_stall
  run "$BUILD/preforkload" "$endpoint" --requests 10 3>&-
  assert_match "$output" 'under-count stalls'
  run "$BUILD/preforkload" "$endpoint" --requests 10 --rate 100 3>&-
  refute grep -q 'under-count' <<<"$output"
}

@test "a generator that was stopped itself says so: 3" {
  serve unix workers=4
  begin_load held --rate 500 --duration 1s
  wait_for 5 has_begun held
  # shellcheck disable=SC2154 # begin_load sets it
  kill -STOP -- "-$load_held"
  let_pass 0.5
  kill -CONT -- "-$load_held"
  end_load held
  assert_equal "$status" 3
  assert_equal "$(figure scheduled) $(figure ok) $(figure dropped)" "500 500 0" "scheduled, ok, dropped"
  assert_match "$output" 'the schedule was not held: 0 never sent'
  within_ms response.max 450 15000
}

# Interrupt until load NAME has ended: the second signal ends it at once. Its processes get none but from their parent.
is_interrupted() { # NAME
  local pid="load_$1"
  has_ended "${!pid}" || {
    kill -s INT "${!pid}"
    false
  }
}

# An operator interrupts a run because it stalls: the report is of the stall as well.
@test "an interrupt during a stall does not hide it: time, rate, response times and checks include it" {
  local pids began
  local -A options=([unix]='--rate 500 --check rate>=450' [inet]='--connections 4 --check rate<1')
  for mode in unix inet; do
    serve $mode workers=4 backlog=4096
    # shellcheck disable=SC2086 # words
    begin_load cut --duration 20s --check 'max<500ms' --check 'dropped<1' ${options[$mode]}
    wait_for 5 has_begun cut
    pids=$(workers)
    began=$EPOCHREALTIME
    # shellcheck disable=SC2086 # words
    kill -STOP "$master" $pids
    let_pass 0.6
    wait_for 5 is_interrupted cut
    # shellcheck disable=SC2086 # words
    kill -CONT $pids "$master"
    stalled_ms=$(elapsed_ms "$began")
    end_load cut
    assert_equal "$status" 130
    adds_up
    (($(figure elapsed_ns) >= 600000000)) || fail "$output"
    within_ms response.max 500 $((stalled_ms + 1000))
    assert_match "$output" '"max<500ms","passed":false,.*"dropped<1","passed":false,.*"rate[^"]*","passed":false,'
    [[ $mode == inet ]] || within_ms response.p90 50 $((stalled_ms + 1000)) # all that came due since
    stop_master
  done
}

@test "an interrupted run whose server never answered lasted until the interrupt" {
  serve_wrongly unix silent
  begin_load silent --connections 3 --timeout 20s
  let_pass 0.5
  wait_for 5 is_interrupted silent
  end_load silent
  assert_equal "$status $(figure ok) $(figure dropped)" '130 0 3' "exit status, ok, dropped"
  (($(figure elapsed_ns) >= 200000000)) || fail "$output"
  within_ms response.min 200 15000
  assert_match "$output" '"verdict":"generator ok: cpu [0-9]{1,2}%"'
}
