#!/usr/bin/env bats
# Line 22: reloads under load.

load ../helpers/common
load shown

generations() {
  grep -c ' reloaded: generation' "$log" || true
}

# reloads MODE: 50 of them, 200 ms apart, and as long a load without, in turns.
reloads() {
  local _ pair
  : >ratios
  for pair in 1 2 3; do
    serve "$1" workers=8
    load_into without.json 30 --quiet --connections 4 --duration 10s
    load_into with.json 30 --quiet --connections 4 --duration 10s &
    local load=$!
    for _ in {1..50}; do
      kill -HUP "$master"
      let_pass 0.19
    done
    wait "$load"
    assert_equal "$(generations)" $((pair * 50)) "reloads"
    assert_equal "$(json with.json failed)" 0 "failed"
    calculate "$(json with.json achieved) / $(json without.json achieved)" >>ratios
    echo >>ratios
    stop_master
  done
  figure "line 22: 50 reloads 200 ms apart under load, $1: $(json with.json ok) calls, 0 failed;" \
    "$(percentile 50 <ratios) of the rate without (median of 3 pairs, $(sort -g ratios | tr '\n' ' '); at least 0.97)"
  at_least "calls" "$(json with.json ok)" 100000
  at_least "the rate with 50 reloads over that without" "$(percentile 50 <ratios)" 0.97
}

@test "50 reloads under load lose nobody and cost 0.03 of the rate at most, unix" {
  reloads unix
}

@test "50 reloads under load lose nobody and cost 0.03 of the rate at most, inet" {
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

@test "500 HUPs lose nobody, and the last configuration is in force within a second, unix" {
  hups unix
}

@test "500 HUPs lose nobody, and the last configuration is in force within a second, inet" {
  hups inet
}
