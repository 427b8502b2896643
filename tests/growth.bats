#!/usr/bin/env bats
# Pools of MIN..MAX workers: they grow and shrink with their clients, and lose none.

load helpers/common
load helpers/ctl

has_workers() { # COUNT
  [[ $(workers | wc -l) == "$1" ]]
}

# hold_clients COUNT MS: connect COUNT clients at once, each of which keeps a worker busy for MS; $output is
# the report of the load.
hold_clients() {
  output=$("$BUILD/preforkload" "$endpoint" --quiet --json --connections "$1" --hold "$2ms" 3>&-)
}

figure() { # KEY
  [[ ! $output =~ \"$1\":([0-9]*) ]] || echo "${BASH_REMATCH[1]}"
}

@test "a range begins with its smaller number, grows with its clients, and shrinks when they are gone" {
  for mode in unix inet; do
    serve $mode workers=3..60 spare=3 spare_timeout=300ms requests_per_connection=unlimited
    assert_equal "$(workers | wc -l)" 3 "workers at first"
    hold_clients 50 500
    assert_equal "$(figure held) $(figure ok)" "50 100" "held, ok"
    wait_for 10 has_workers 3
    refute log_has 'new clients wait'
    stop_master
    log_has 'stopped: pool main, 50 connections and 100 requests served, 0 cut, 0 refused'
  done
}

@test "the last of a burst is answered soon: the pool grows by events, not by ticks" {
  serve unix workers=2..100 spare=2 requests_per_connection=unlimited
  hold_clients 80 100
  assert_equal "$(figure held)" 80
  p99=$(grep -o '"response":{[^}]*' <<<"$output" | grep -o '"p99":[0-9]*' | cut -d: -f2)
  ((p99 < 1000000000)) || fail "p99 $p99 ns"
}

@test "there are always spare workers, up to the larger number" {
  serve unix workers=2..6 spare=2 requests_per_connection=unlimited
  for count in 1 2 3 4 5 6; do
    begin_call "client$count" connect send:A expect:B say:in wait
    heard "client$count" in
    wanted=$((count + 2 > 6 ? 6 : count + 2))
    wait_for 5 has_workers $wanted
  done
  wait_for 5 log_has 'pool main: all 6 workers are busy, new clients wait: 0 are queued, of 511'
  for count in 1 2 3 4 5 6; do
    let_go "client$count"
    end_call "client$count"
  done
  wait_for 5 log_has 'pool main: workers are free again after [0-9.]+ s'
  assert_equal "$(grep -c 'new clients wait' "$log")" 1
}

@test "an overload begins and ends in a pool that preforkctl scale keeps at its larger number" {
  serve unix workers=1..2 spare=1 requests_per_connection=unlimited control=control
  for _ in 1 2; do
    for count in 1 2; do
      begin_call "client$count" connect send:A expect:B say:in wait
      heard "client$count" in
    done
    wait_for 5 log_has 'all 2 workers are busy'
    ctl scale 2
    expect 0
    for count in 1 2; do
      let_go "client$count"
      end_call "client$count"
    done
    wait_for 5 log_has 'pool main: workers are free again after'
    : >"$log"
  done
  ctl status --json
  expect 0 '"max_reached":2,'
}

@test "clients that connect while workers leave are all served" {
  serve unix workers=1..20 spare=1 spare_timeout=20ms requests_per_connection=unlimited
  local sum=0
  for _ in {1..8}; do
    hold_clients 15 20
    assert_equal "$(figure ok)" 30
    sum=$((sum + 15))
    let_pass 0.05 # some have left, some are about to
  done
  stop_master
  log_has "stopped: pool main, $sum connections and $((2 * sum)) requests served, 0 cut"
}

@test "workers that are killed while busy do not confuse the count" {
  serve unix workers=2..30 spare=2 requests_per_connection=unlimited
  for _ in {1..10}; do
    begin_call lost connect send:A expect:B say:in wait
    heard lost in
    kill -KILL "$(busy_worker)"
    end_call lost || true
    wait_for 5 no_zombie
  done
  hold_clients 25 300
  assert_equal "$(figure held)" 25
  refute log_has 'workers in a row failed'
}

# Print the worker with an active connection: a descriptor beside those that all have.
busy_worker() {
  local pid
  for pid in $(workers); do
    echo "$(find "/proc/$pid/fd" -lname 'socket:*' | wc -l) $pid"
  done | sort -rn | head -n 1 | cut -d' ' -f2
}

no_zombie() {
  [[ $(ps -o stat= --ppid "$master") != *Z* ]]
}

@test "a pool that could grow wakes no process while nothing happens" {
  serve unix workers=2..50 spare=2 spare_timeout=200ms
  for _ in {1..5}; do
    ask
  done
  wait_for 5 has_workers 2
  let_pass 1 # the watchdog has looked once more, and sleeps
  try_thrice is_at_rest 2
}

@test "a range upside down is refused, with its place" {
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 8..4' >down.conf
  run "$BUILD/preforkd" -t -c down.conf
  assert_equal "$status" 78
  assert_match "$output" "^down.conf:3:11: workers '8..4' is upside down"
}
