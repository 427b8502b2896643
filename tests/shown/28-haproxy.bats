#!/usr/bin/env bats
# Line 28: three masters behind HAProxy under load, of which one is reloaded, one upgraded and one killed.

# shellcheck disable=SC2154,SC2034 # helpers set and use them

load ../helpers/common
load ../helpers/haproxy
load shown

connections=12

# As the example has it, with checks each 100 ms.
begin_cluster() {
  start_cluster "$tree/conf/examples/haproxy"
}

# load_1 SECONDS FILE: in the background.
load_1() {
  load_into "$2" 60 --quiet --connections $connections --duration "$1s" &
  load=$!
}

@test "one master is reloaded and another one upgraded, 20 times each under load: 0 failed" {
  begin_cluster
  load_1 12 calls.json
  for _ in {1..20}; do
    let_pass 0.25
    "$BUILD/preforkctl" -s one.control reload >/dev/null 3>&-
    master=${master_of[two]} log=${log_of[two]}
    "$BUILD/preforkctl" -s two.control upgrade >upgraded 3>&-
    follow_upgrade two
  done
  wait "$load"
  figure "line 28: 20 reloads of one of three masters and 20 upgrades of another behind HAProxy, $connections clients at" \
    "once: $(json calls.json ok) calls, $(json calls.json failed) failed"
  assert_equal "$(json calls.json failed)" 0 "failed"
  at_least "calls" "$(json calls.json ok)" 1000
}

@test "one master is killed under load: what it had is lost at most, and nothing after that" {
  begin_cluster
  load_1 4 killed.json
  let_pass 2
  kill_master -n three
  wait "$load"
  figure "line 28: one of three masters behind HAProxy is killed, $connections clients at once:" \
    "$(json killed.json ok) calls, $(json killed.json failed) failed"
  at_most "failed, as many as it may have had" "$(json killed.json failed)" $connections
  load_1 2 after.json
  wait "$load"
  assert_equal "$(json after.json failed)" 0 "failed afterwards"
  at_least "calls" "$(json after.json ok)" 200
}
