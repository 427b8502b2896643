#!/usr/bin/env bats
# Line 34: a real Prometheus, which scrapes two masters side by side through reloads and upgrades of one, under load.

# shellcheck disable=SC2154 # helpers set them

load ../helpers/common
load ../helpers/port
load shown

# Start the master NAME, which serves its own metrics by a user without rights, where it is started as root.
start_shown() { # NAME
  local -a rights=()
  if ((EUID == 0)) && setpriv --reuid=65534 --clear-groups test -x "$BUILD/preforkctl"; then
    rights=(-o control_readers=user:65534 -o page.user=65534 -o page.group=65534)
  fi
  start_master -n "$1" -o "control=@shown-$1-$$" "${rights[@]}" <<END
[pool letters]
mode = unix
path = $1.socket
workers = 4
[pool page]
mode = inet
port = 0
workers = 2..8
service = program
command = "$BUILD/preforkctl" -s @shown-$1-$$ http
END
  use_master "$1" page
}

# query EXPRESSION: the values of the result, a line each, as `LABELS => VALUE`.
query() {
  promtool query instant "http://127.0.0.1:$web" "$1" | sed 's/ @\[.*//'
}

# is_so EXPRESSION: it has a result for both masters.
is_so() {
  (($(query "$1" 2>/dev/null | wc -l) == 2))
}

@test "a real Prometheus scrapes two masters through 5 reloads and 5 upgrades: no gap, no reset" {
  local targets='' name prometheus web samples
  command -v prometheus >/dev/null && command -v promtool >/dev/null || skip 'no prometheus'
  for name in one two; do
    start_shown $name
    targets+="${targets:+, }'127.0.0.1:$port'"
  done
  web=$(free_port)
  cat >prometheus.yml <<END
global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs: [{job_name: preforkd, static_configs: [{targets: [$targets]}]}]
END
  promtool check config prometheus.yml
  prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$web" \
    >prometheus.log 2>&1 3>&- &
  prometheus=$!
  wait_for 30 is_so 'count_over_time(up[5m]) > 3 and min_over_time(up[5m]) == 1'
  use_master one letters
  "$BUILD/preforkload" "$endpoint" --json --connections 4 --rate 400 --duration 15s >load 2>&1 3>&- &
  load=$!
  for _ in {1..5}; do
    "$BUILD/preforkctl" -s "@shown-one-$$" reload >/dev/null 3>&-
    let_pass 0.7
    "$BUILD/preforkctl" -s "@shown-one-$$" upgrade >/dev/null 3>&-
    follow_upgrade one
    let_pass 0.7
  done
  wait $load || (($? == 3)) # a busy machine is behind its schedule
  let_pass 1.5
  samples=$(query 'sum(count_over_time(up[5m]))')
  query 'preforkd_connections_total{pool="letters"}' >connections
  # Each scrape was answered, and had each pool; no counter fell.
  assert_equal "$(query 'sum(count_over_time(up[5m])) - sum(sum_over_time(up[5m]))')" '{} => 0'
  assert_equal "$(query 'sum(count_over_time(preforkd_connections_total{pool="letters"}[5m])) - sum(count_over_time(up[5m]))')" \
    '{} => 0'
  for name in connections_total requests_total sent_bytes_total connection_duration_seconds_{bucket,sum,count}; do
    assert_equal "$(query "sum(resets(preforkd_${name}[5m]))")" '{} => 0' "$name"
  done
  assert_match "$(grep 'master="one"' connections)" "master=\"one\", pool=\"letters\"[}] => $(json load ok)\$"
  assert_match "$(<connections)" 'master="two", pool="letters"[}] => 0'
  kill $prometheus
  wait $prometheus || true
  figure "line 34: ${samples##* } scrapes of two masters by $(prometheus --version 2>&1 | head -n 1 | cut -d' ' -f1-3)," \
    "5 reloads and 5 upgrades of one under 400 requests a second: no scrape failed, no counter fell"
}
