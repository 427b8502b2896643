#!/usr/bin/env bats
# A worker in the hands of an attacker: what it does to the memory and the descriptors that it has harms its own
# pool, and that no longer than it lives.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load
load helpers/hostile

# bats test_tags=alone
@test "a hostile worker costs another pool no request and the control socket no time, and its own pool a second at most" {
  endure unix
  for attack in hints flags page random steal stuff flood block log shut; do
    suffer $attack 300
  done
  # shellcheck disable=SC2034 # for the judgement: the attacker's end
  stop_master
}

@test "a worker that has the kernel drop its pool's clients harms them no longer than it lives, whatever option it does that by" {
  local attack
  endure inet
  for attack in ttl device filter; do
    suffer $attack 100
  done
  stop_master
}

# From Linux 6.18 on it takes CAP_NET_ADMIN to filter TCP.
may_filter() {
  local major minor
  IFS=.- read -r major minor _ < <(uname -r)
  ((EUID == 0 || major * 1000 + minor < 6018)) || skip 'only root can filter TCP from Linux 6.18 on'
}

is_barred() {
  ! is_served
}

@test "so it is with a worker that retires after a reload, and has the listener of the new ones" {
  may_filter
  endure inet
  strike later
  "$BUILD/preforkctl" -s control reload 3>&-
  serves_now
  touch now
  wait_for 5 is_barred
  kill -KILL "$attacker"
  wait_for 1 is_served
  stop_master
}

# are_gone PID...: all but the attacker.
are_gone() {
  local pid
  for pid in "$@"; do
    [[ $pid == "$attacker" ]] || has_ended "$pid" || return
  done
}

# bats test_tags=alone
@test "workers leave at once, too, where another one has made the listener a blocking one" {
  for mode in unix inet; do
    endure $mode
    strike block
    for pid in $(workers); do
      [[ $pid == "$attacker" ]] || kill -USR2 "$pid" # it tries accept
    done
    let_pass 0.1
    mapfile -t old < <(workers)
    "$BUILD/preforkctl" -s control reload 3>&-
    wait_for 1 are_gone "${old[@]}"
    serves_now
    kill -KILL "$attacker"
    stop_master
    : >"$log"
  done
}

@test "a worker that says that the queue is drained cuts off none of the clients that wait at a stop" {
  for mode in unix inet; do
    endure $mode 2
    strike flags
    begin_call "held$mode" connect send:serve expect:served say:in wait
    heard "held$mode" in
    begin_call "queue$mode" -n 5 connect send:serve half-close say:queued count
    heard "queue$mode" queued
    kill "$master"
    wait_for 5 log_has stopping
    let_pass 0.1
    release "held$mode"
    end_call "queue$mode"
    assert_match "$output" '5 answered, 30 bytes, 0 reset'
    kill -KILL "$attacker"
    await_master master 0
    : >"$log"
  done
}

@test "a pool goes on growing after the death of a worker that left wrong hints" {
  endure unix 1..5
  for attack in hints flags; do
    strike $attack
    kill -KILL "$attacker"
    wait_for 5 is_served
    for client in 1 2 3 4 5; do
      begin_call "$attack$client" connect send:serve expect:served say:in wait
      wait_for 5 has_line "call.$attack$client.out" in
    done
    for client in 1 2 3 4 5; do
      release "$attack$client"
    done
  done
}

# No figure of any pool is negative, and no count has more than six digits.
figures_are_possible() {
  "$BUILD/preforkctl" -s control workers >workers.out 3>&-
  output=$("$BUILD/preforkctl" -s control status --json 3>&-)
  [[ $output != *:-[0-9]* ]] || fail "negative: $output"
  ! grep -oE '"(accepted|requests|bytes_in|bytes_out|timeouts|dropped|accepted_[0-9]+s)":[0-9]{7,}' <<<"$output" || fail "forged: $output"
}

@test "what a worker cannot have counted does not count, neither while it lives nor afterwards, and is logged once" {
  endure unix
  strike page
  for _ in 1 2 3 4 5; do
    figures_are_possible
  done
  kill -KILL "$attacker"
  wait_for 5 log_has "worker $attacker .* killed by SIGKILL, [0-9]{1,6} connections served"
  figures_are_possible
  assert_equal "$(grep -c "worker $attacker .* has counters that cannot be true: they do not count" "$log")" 1
}

@test "a worker that is busy and idle in turn has the master log an overload no more than once a second" {
  local lines most
  endure unix 1..2
  begin_call held connect send:serve expect:served say:in wait
  heard held in
  began=$EPOCHREALTIME
  strike toggle
  wait_for 5 log_has 'pool victim: all 2 workers are busy'
  let_pass 0.8
  kill -KILL "$attacker"
  most=$((2 * ($(elapsed_ms "$began") / 1000 + 2)))
  lines=$(grep -cE 'pool victim: (all 2 workers are busy|workers are free again)' "$log")
  ((lines <= most)) || fail "$lines lines, not $most at most"
  release held
}

# bats test_tags=alone
@test "a connection past its deadline counts as cut once, whether its worker notes the cut and stays, or cannot run" {
  # shellcheck disable=SC2034 # for start_master and the end of the test
  preforkd=$bin/preforkd_hostile expected='does not react'
  for mode in unix inet; do
    serve $mode service=hostile sandbox=off idle_timeout=500ms requests_per_connection=9
    begin_call silent connect send:serve expect:served say:in eof
    heard silent in
    for pid in $(workers); do
      ! serves "$pid" || stopped=$pid
    done
    kill -STOP "$stopped"
    strike flood
    wait_for 5 log_has "worker $attacker .* killed by SIGKILL, 0 connections served"
    wait_for 5 log_has "worker $stopped .* killed by SIGKILL, 0 connections served"
    end_call silent
    assert_equal "$(ask serve)" served
    stop_master
    log_has 'stopped: pool main, 1 connections and .* served, 2 cut'
    : >"$log"
  done
}
