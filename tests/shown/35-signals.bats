#!/usr/bin/env bats
# Line 5: 5,000 signals a second for 10 s, to the master, to its workers and to the masters that take over from it, under
# load: HUP, USR1, CHLD, and a USR2 a second. To a worker USR1 says that a deadline is over: here it is stale each time,
# of a connection that has ended, or of none. No request fails, none is answered wrongly.

# shellcheck disable=SC2154 # helpers/common sets them

load ../helpers/common
load shown

# Clients of the other pool that idle_timeout cuts, one after the other: deadlines that workers have seen.
be_late() {
  until [[ -e enough ]]; do
    "$bin/client" -t 20 "unix:$PWD/late" connect send:A expect:B eof || return
  done
}

storm() { # MODE
  local load late upgrades said rate
  start_master <<CONF
control = control
log = log
idle_timeout = 200ms
requests_per_connection = 1
workers = 4
[pool main]
mode = $1
$([[ $1 == unix ]] && echo 'path = s' || echo 'port = 0')
[pool late]
mode = unix
path = late
requests_per_connection = 9
CONF
  load_into load.json 60 --quiet --connections 4 --duration 11s &
  load=$!
  be_late 3>&- &
  late=$!
  said=$("$bin/signal_storm" "$master" 5000 10000 1000 3>&-)
  touch enough
  wait "$late" || fail 'a late client was not cut as it should be'
  wait "$load"
  wait_for 20 is_in_charge
  upgrades=$(grep -c ': upgraded: process' log || true)
  figure "line 5, $1: $said, $upgrades made; $(grep -c ': reloaded: generation' log) reloads; meanwhile" \
    "$(json load.json ok) calls, $(json load.json failed) failed, $(json load.json reply_mismatch) mismatches;" \
    "$(grep -c 'idle_timeout is over' log) deadlines"
  assert_equal "$(json load.json failed)" 0 'failed'
  assert_equal "$(json load.json reply_mismatch)" 0 'mismatches'
  [[ $said =~ ^([0-9]+)\ signals\ in\ ([0-9]+)\ ms ]] || fail "$said"
  rate=$(calculate "${BASH_REMATCH[1]} / ${BASH_REMATCH[2]} * 1000")
  at_least 'ms' "${BASH_REMATCH[2]}" 10000
  at_least 'signals a second' "$rate" 5000
  at_least 'upgrades' "$upgrades" 5
  refute grep -E 'Sanitizer|runtime error|killed by|does not react|crash' log
}

@test "5,000 signals a second to the master and its workers fail no request, unix" {
  storm unix
}

@test "5,000 signals a second to the master and its workers fail no request, inet" {
  storm inet
}
