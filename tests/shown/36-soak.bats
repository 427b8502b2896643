#!/usr/bin/env bats
# Line 6: 10 million connections, 1,000 reloads and 50 upgrades, with everything on: the sandbox, limits of a source,
# rules of who may call, deadlines, pools that grow and shrink, a line for each connection of one of them, and logs that
# are rotated. What the master has counted is what the clients have; memory and descriptors are what they were.
# `soak=N` makes so many connections, and as many fewer reloads and upgrades.

# shellcheck disable=SC2154 # helpers/common sets them

load ../helpers/common
load shown

# Longer than the other tests: some 7 minutes.
setup_file() {
  export BATS_TEST_TIMEOUT=1800
}

configure() {
  cat <<CONF
control = control
pid_file = pid
log = lines
sandbox = enforce
workers = 2..8
spare = 1
spare_timeout = 100ms
idle_timeout = 500ms
max_connection_time = 5s
max_rate_per_source = 100000
[pool plain]
mode = unix
path = s
max_per_source = 100
allow = user:$EUID
deny = user:64901
[pool logged]
mode = inet
port = 0
log_connections = yes
defer_accept = no
max_per_source = 6
allow = 127.0.0.0/8
deny = 127.0.0.9
CONF
}

ctl() {
  timeout 60 "$BUILD/preforkctl" -s control "$@" 3>&-
}

# load_on ENDPOINT NAME CALLS: so many calls, and on until `churned` is there. Their number is in the file NAME, with how
# many of them failed.
load_on() {
  local calls=0 failed=0 part=$(($3 / 40 + 1))
  # shellcheck disable=SC2034 # for load_into
  local endpoint=$1
  until ((calls >= $3)) && [[ -e churned ]]; do
    load_into "$2.json" 300 --quiet --connections 4 --requests "$part"
    calls=$((calls + $(json "$2.json" scheduled))) failed=$((failed + $(json "$2.json" failed)))
  done
  echo "$calls $failed" >"$2"
}

# client TARGET ACTION...: connections beside the load.
client() {
  "$bin/client" -t 60 "$@" 3>&-
}

# visit: one client that is silent until its deadline, one that may not call, 20 at once of a source that may have 6.
visit() {
  client "unix:$PWD/s" connect eof &
  visits+=" $!" silent=$((silent + 1))
  client "inet:$port" from:127.0.0.9:0 connect eof
  denied=$((denied + 1))
  client -n 20 "inet:$port" from:127.0.0.3:0 connect sleep:50 close
  crowd=$((crowd + 20))
}

# In KiB; it fails where the process has ended.
resident_of() { # PID
  sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null | grep .
}

# Set $resident to the KiB of the master, and of the worker that has most.
measure() {
  local pid size most=0
  for pid in $(workers); do
    size=$(resident_of "$pid") || continue
    ((size <= most)) || most=$size
  done
  resident="$(resident_of "$master") $most"
}

rotate() {
  rotations=$((rotations + 1))
  mv lines "lines.$rotations"
  ctl reopen >/dev/null
  wait_for 10 test -e lines
}

# total NAME...: the sum of these figures of both pools.
total() {
  local name sum=0 value
  ctl status --json >status.json
  for name in "$@"; do
    while read -r value; do
      sum=$((sum + value))
    done < <(grep -o "\"$name\":[0-9]*" status.json | cut -d: -f2)
  done
  echo "$sum"
}

all_is_counted() {
  [[ $(total accepted access_refused source_refused rate_refused) == "$made" ]]
}

# no_more NAME NOW BEFORE: at most 1 MiB more.
no_more() {
  is_sanitized || at_most "$1, in KiB" "$2" $(($3 + 1024))
}

@test "10 million connections, 1,000 reloads, 50 upgrades: the counters are exact, memory and descriptors as before" {
  local calls=${soak:-10000000} visits='' silent=0 denied=0 crowd=0 rotations=0 made began=$EPOCHREALTIME
  local reloads=$((calls / 10000)) upgrades=$((calls / 200000)) i loads before halfway descriptors old
  start_master <<<"$(configure)"
  # Of two pools the last one to be ready need not be this one.
  use_master master logged
  old=$master
  ctl upgrade >/dev/null
  wait_for 20 is_in_charge
  wait_for 20 has_ended "$old"
  descriptors=$(count_descriptors "$master")
  load_on "unix:$PWD/s" plain $((calls * 9 / 10)) 3>&- &
  loads=$!
  load_on "inet:127.0.0.1:$port" logged $((calls / 10)) 3>&- &
  loads+=" $!"
  for ((i = 0; i < reloads; i++)); do
    ctl reload >/dev/null
    if ((upgrades > 0 && i % (reloads / 2 / upgrades) == 0 && i / (reloads / 2 / upgrades) < upgrades)); then
      old=$master
      ctl upgrade >/dev/null
      wait_for 20 is_in_charge
      wait_for 20 has_ended "$old"
    fi
    ((i % 10 != 0)) || visit
    ((i % 25 != 24)) || rotate
    if ((i == reloads / 20)); then
      measure
      before=$resident
    fi
    if ((i == reloads * 6 / 10)); then
      measure
      halfway=$resident old=$master
    fi
    let_pass 0.1
  done
  touch churned
  # shellcheck disable=SC2086 # numbers
  wait $loads
  # shellcheck disable=SC2086
  wait $visits
  read -r made failed <plain
  read -r calls more <logged
  made=$((made + calls + silent + denied + crowd)) failed=$((failed + more))
  wait_for 20 all_is_counted || total accepted access_refused source_refused rate_refused >&2
  measure
  figure "line 6: $made connections, $reloads reloads, $upgrades upgrades in $(since "$began") s: $failed failed," \
    "$(total accepted) accepted, $(total source_refused) refused by max_per_source, $(total access_refused) by deny," \
    "$(total timeouts) cut at a deadline, of $crowd, $denied, $silent"
  figure "line 6: resident memory of master and worker: $before KiB after a twentieth, $halfway after the last upgrade," \
    "$resident now; descriptors $descriptors, $(count_descriptors "$master") now"
  figure "line 6: $(cat lines* | grep -c ' connection: ') lines of $calls connections and the crowd's," \
    "$(total log_lines_dropped) dropped"
  assert_equal "$failed" 0 'failed'
  assert_equal "$(total accepted access_refused source_refused rate_refused)" "$made" 'counted by the master'
  assert_equal "$(total access_refused)" "$denied" 'refused by deny'
  assert_equal "$(total timeouts)" "$silent" 'cut at a deadline'
  assert_equal "$(total rate_refused)" 0 'refused by the rate'
  assert_equal "$master" "$old" 'the master of the second half'
  assert_equal "$(cat lines* | grep -c ': reloaded: generation')" "$reloads" 'reloads'
  no_more 'the master' "${resident% *}" "${before% *}"
  no_more 'the master since the last upgrade' "${resident% *}" "${halfway% *}"
  no_more 'a worker' "${resident#* }" "${before#* }"
  wait_for 20 descriptors_are "$descriptors"
}

descriptors_are() {
  [[ $(count_descriptors "$master") == "$1" ]]
}
