#!/usr/bin/env bats
# Line 22: reloads under load.

load ../helpers/common
load shown

generations() {
  grep -c ' reloaded: generation' "$log" || true
}

# load_1s NAME: a load of 1 s whose rate is in NAME.rate.
load_1s() {
  load_into "$1.json" 30 --quiet --connections 4 --duration 1s
  assert_equal "$(json "$1.json" failed)" 0 "failed"
  json "$1.json" achieved >"$1.rate"
}

# with SIGNAL: such a load while the master gets that SIGNAL five times, 200 ms apart.
with() {
  local load
  load_1s "$1" &
  load=$!
  for _ in {1..5}; do
    kill -s "$1" "$master"
    let_pass 0.195
  done
  wait "$load"
}

# reloads MODE: loads with reloads and loads with a signal that changes nothing, in turns; many of a second,
# for the noise of a second is more than what is looked for.
reloads() {
  local _ pair pairs=75 ok=0 order
  : >ratios
  serve "$1" workers=8
  for ((pair = 1; pair <= pairs; pair++)); do
    order='HUP CONT'
    ((pair % 2)) || order='CONT HUP'
    for name in $order; do
      with "$name"
    done
    ok=$((ok + $(json HUP.json ok)))
    calculate "$(<HUP.rate) / $(<CONT.rate)" >>ratios
    echo >>ratios
  done
  assert_equal "$(generations)" $((pairs * 5)) "reloads"
  figure "line 22: $((pairs * 5)) reloads 200 ms apart under load, $1: $ok calls, 0 failed;" \
    "$(percentile 50 <ratios) of the rate without (median of $pairs pairs of 1 s, quartiles" \
    "$(percentile 25 <ratios) and $(percentile 75 <ratios); at least 0.97)"
  at_least "calls" "$ok" 100000
  at_least "the rate with reloads over that without" "$(percentile 50 <ratios)" 0.97
}

@test "50 reloads under load lose no request and cost 0.03 of the rate at most, unix" {
  reloads unix
}

@test "50 reloads under load lose no request and cost 0.03 of the rate at most, inet" {
  reloads inet
}

hups() { # MODE
  local _ before begin
  serve "$1"
  before=$master
  load_into load.json 60 --quiet --connections 4 --duration 9s &
  local load=$!
  for _ in {1..500}; do
    kill -HUP "$master"
    let_pass "0.0$(printf '%02d' $((RANDOM % 26)))"
  done
  sed -i 's/^workers = 2$/workers = 5/' master.conf
  kill -HUP "$master"
  begin=$EPOCHREALTIME
  wait_for 5 worker_count_is 5
  took=$(since "$begin")
  figure "line 22: 500 HUPs 0 to 25 ms apart, $1: $(generations) reloads by the same master; the last" \
    "configuration served $took s after the last of them"
  wait "$load"
  assert_equal "$master" "$before" "the master"
  at_most "seconds until the last configuration served" "$took" 1
  assert_equal "$(json load.json failed)" 0 "failed"
  figure "line 22: meanwhile $(json load.json ok) calls, 0 failed, $1"
}

@test "500 HUPs lose no request, and the last configuration is in force within a second, unix" {
  hups unix
}

@test "500 HUPs lose no request, and the last configuration is in force within a second, inet" {
  hups inet
}
