#!/usr/bin/env bats
# Metrics for Prometheus: what its own tools say of them and of the example, and several masters side by side.

# shellcheck disable=SC2154 # helpers set them

load helpers/common

need_promtool() {
  command -v promtool >/dev/null || skip 'no promtool'
}

example=$BATS_TEST_DIRNAME/../conf/examples/prometheus

@test "the example's rules alert where a queue grows, a pool is full, workers crash and datagrams are dropped" {
  need_promtool
  promtool check config "$example/prometheus.yml"
  run promtool test rules "$example/rules_test.yml"
  assert_equal "$status" 0 "$output"
  # Each metric that a rule asks is one of ours.
  serve unix control=control
  "$BUILD/preforkctl" -s control metrics 3>&- >got
  while read -r name; do
    grep -q "^# TYPE $name " got || fail "there is no metric $name"
  done < <(grep -o 'preforkd_[a-z_]*' "$example/rules.yml" | sort -u)
}

@test "promtool has nothing to say of the metrics of any kind of pool" {
  need_promtool
  start_master -o control=control <<'END'
workers = 1
[pool stream]
mode = unix
path = s
[pool datagrams]
mode = inet
port = 0
type = datagram
[pool programs]
mode = inet
port = 0
service = program
command = cat
END
  "$BUILD/preforkctl" -s control metrics 3>&- >got
  run promtool check metrics <got
  assert_equal "$status $output" '0 '
}

@test "the metrics of two masters have no sample in common, by their names or those of their files" {
  for name in one two; do
    start_master -n $name -o mode=unix -o path=$name -o control=$name.control </dev/null
    "$BUILD/preforkctl" -s $name.control metrics 3>&- >$name.prom
  done
  cat one.prom two.prom | sed '/^#/d; s/ [^ ]*$//' | sort >samples
  assert_equal "$(uniq -d samples)" ''
  assert_match "$(<samples)" 'preforkd_connections_total[{]master="one",pool="main"[}]'
  grep -q '^preforkd_build_info{master="two",version="[0-9.]*"}' samples
}
