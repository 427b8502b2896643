#!/usr/bin/env bats
# Line 4: what one source can do to others: 1,000 connections of it, 50,000 that are reset before they are accepted, and
# what 10,000 networks in `allow` cost.

# shellcheck disable=SC2154 # helpers/common sets them

load ../helpers/common
load shown

# Print the p99 of a client that connects again and again for 3 s, in microseconds, and have its report in FILE.
p99() { # FILE
  load_into "$1" 20 --quiet --connections 1 --duration 3s
  calculate "$(json "$1" response.p99) / 1000"
}

@test "1,000 connections of one source leave another one its time, with max_per_source = 4" {
  local quiet beside under attacker
  serve inet workers=16 control=control max_per_source=4 defer_accept=no
  p99 warm.json >/dev/null
  quiet=$(p99 quiet.json)
  begin_call crowd -n 1000 -t 120 from:127.0.0.2:0 connect say:in wait send:A half-close count
  heard crowd in
  wait_for 10 figure_is source_refused 996
  beside=$(p99 beside.json)
  let_go crowd
  end_call crowd
  figure "line 4: a source with 1,000 connections and max_per_source = 4: ${output##*$'\n'}; another source's p99" \
    "$beside us, $quiet us where it is alone (at most twice that)"
  assert_equal "$(json beside.json failed)" 0 "failed calls of the other source"
  at_most "p99 beside 1,000 connections of another source, in us" "$beside" "$(calculate "2 * $quiet")"
  # The same source connects on and on, 1,000 at once: no target, as both share two processors.
  { while [[ ! -e enough ]]; do
    "$bin/client" -n 1000 -t 60 "inet:$port" from:127.0.0.2:0 connect send:A half-close count
  done; } >attack.out 2>&1 3>&- &
  attacker=$!
  under=$(p99 under.json)
  touch enough
  wait "$attacker"
  figure "line 4: while that source connects on and on ($(wc -l <attack.out) times 1,000): p99 $under us," \
    "$(json under.json failed) of $(json under.json ok) failed, $(figure_of source_refused) refused"
  assert_equal "$(json under.json failed)" 0 "failed calls of the other source"
}

# Print a number of the pool's; `figure` is what a test here prints.
figure_of() { # NAME
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -o "\"$1\":[^,}]*" | cut -d: -f2
}

figure_is() { # NAME VALUE
  [[ $(figure_of "$1") == "$2" ]]
}

# Have the workers stop, or run on.
signal_workers() { # SIGNAL
  local pid
  for pid in $(workers); do
    kill -s "$1" "$pid"
  done
}

@test "50,000 connections that are reset before they are accepted end no worker" {
  local before
  serve inet workers=4 control=control backlog=4096 defer_accept=no max_per_source=4 max_rate_per_source=100000
  before=$(workers | sort | paste -sd ' ')
  for _ in {1..50}; do
    signal_workers STOP
    "$bin/client" -n 1000 -t 20 "inet:$port" connect reset 3>&-
    signal_workers CONT
    wait_for 20 figure_is queue 0
  done
  wait_for 10 all_decided
  assert_equal "$(workers | sort | paste -sd ' ')" "$before" "the workers"
  assert_equal "$(figure_of crashes)" 0 "crashes"
  wait_for 5 ask
  figure "line 4: 50,000 connections reset before accept: $(figure_of accepted) accepted," \
    "$(figure_of source_refused) refused by max_per_source; the same 4 workers, no crash"
}

# Each connection was accepted or refused.
all_decided() {
  (($(figure_of accepted) + $(figure_of source_refused) + $(figure_of rate_refused) == 50000))
}

# spent NAME: the processor time of its workers so far, in nanoseconds.
spent() {
  local pid time sum=0
  for pid in $(workers "${master_of[$1]}"); do
    read -r time _ <"/proc/$pid/schedstat"
    sum=$((sum + time))
  done
  echo $sum
}

# measure NAME: load at it for a moment; appends a rate to NAME.rates, and nanoseconds a connection to NAME.times.
measure() {
  local before
  use_master "$1"
  before=$(spent "$1")
  load_into "$1.json" 20 --quiet --connections 4 --duration 500ms
  assert_equal "$(json "$1.json" failed)" 0 "failed, $1" || return
  json "$1.json" achieved >>"$1.rates"
  calculate "($(spent "$1") - $before) / $(json "$1.json" ok)" >>"$1.times"
  echo >>"$1.times"
}

# Both masters are there all the time, and each is the first of every other pair: what the machine does meanwhile is
# done to both.
@test "10,000 networks in allow cost nothing that can be measured" {
  local pair
  awk 'BEGIN { printf "mode = inet\nport = 0\nworkers = 8\ndeny = 127.0.0.9\nallow = 127.0.0.0/8"; for (i = 0; i < 10000; i++) printf " 10.%d.%d.0/24", i / 250, i % 250 }' >many
  start_master -n with <many
  start_master -n without <<<$'mode = inet\nport = 0\nworkers = 8'
  for pair in {1..31}; do
    measure "$( ((pair % 2)) && echo with || echo without)"
    measure "$( ((pair % 2)) && echo without || echo with)"
  done
  use_master with
  "$bin/client" -t 20 "inet:$port" from:127.0.0.9:0 connect send:A half-close eof 3>&- || true
  log_has 'connection refused: .* is denied by .deny = 127.0.0.9'
  paste with.rates without.rates | awk '{ print $1 / $2 }' >ratios
  figure "line 4: 10,000 networks in allow: $(percentile 50 <ratios) of the rate without (median of 31 pairs," \
    "$(sort -g ratios | head -n 1) to $(sort -g ratios | tail -n 1); at least 0.98); a connection takes" \
    "$(percentile 50 <with.times) ns of a processor, and $(percentile 50 <without.times) without"
  at_least "the rate with 10,000 networks over that without" "$(percentile 50 <ratios)" 0.98
}
