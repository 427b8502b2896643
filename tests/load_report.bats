#!/usr/bin/env bats
# What preforkload prints of a run: the report for people, checks, JSON and progress.

load helpers/common
load helpers/client

#
# The report for people
#

@test "the report has its lines in their order, and every kind of error" {
  serve unix
  load_it "$endpoint" --requests 100 --check 'errors<1'
  assert_equal "$status" 0
  words=$(grep -oE '^[a-zA-Z]+' out | tr '\n' ' ')
  assert_equal "$words" 'target model counts late rate latency response errors note verdict PASS '
  for error in refused 'backlog full' 'no ports' 'descriptor limit' timeout other reset short extra mismatch; do
    grep -q " $error 0" out || fail "no '$error': $output"
  done
  assert_match "$output" 'these latencies under-count stalls'
  for row in response service connect; do
    grep -Eq "^  $row +([0-9.]+(ns|us|ms|s) *){8}\$" out || fail "no row $row: $output"
  done
}

@test "the histogram is ASCII, fits into 80 columns and counts every response" {
  serve unix
  load_it "$endpoint" --requests 500
  grep '^  <= ' out >rows
  assert_equal "$(awk '{ sum += $(NF - 1) } END { print sum }' rows)" 500
  (($(wc -l <rows) <= 12))
  refute grep -P '.{81}|[^ -~]' rows
  assert_match "$(head -n 1 rows)" ' [1-9][0-9]* +[0-9.]+%$' # no empty row at either end
  assert_match "$(tail -n 1 rows)" '# +[1-9][0-9]* +100\.00%$'
}

@test "a report without a measurement has no histogram, and - in place of numbers" {
  load_it unix:absent --requests 2 --check 'p99<1s'
  assert_equal "$status" 69
  refute grep '^  <= ' out
  grep -Eq '^  response +(- *){8}$' out
  assert_match "$output" 'verdict +nothing was measured'
  assert_match "$output" 'FAIL p99<1s \(not measured\)'
}

#
# Checks
#

@test "a check is one line: PASS or FAIL, and the value" {
  serve unix
  load_it "$endpoint" --requests 200 --check 'p99<10s' --check 'p50 > 1h' --check max\<1ns
  assert_equal "$status" 64
  load_it "$endpoint" --requests 200 --check 'p99<10s' --check 'max <1ns' --check 'late<=100%' \
    --check 'rate>1' --check 'service.p50>0.1us' --check 'lag.max<1s' --check 'dropped<1'
  assert_equal "$status" 2
  tail -n 7 out >checks
  assert_match "$(sed -n 1p checks)" '^PASS p99<10s \([0-9.]+[num]?s\)$'
  assert_match "$(sed -n 2p checks)" '^FAIL max <1ns \([0-9.]+[num]?s\)$'
  assert_match "$(sed -n 3p checks)" '^PASS late<=100% \([0-9.]+%\)$'
  assert_match "$(sed -n 4p checks)" '^PASS rate>1 \([0-9.]+/s\)$'
  assert_match "$(sed -n 5p checks)" '^PASS service.p50>0.1us \([0-9.]+[num]?s\)$'
  assert_equal "$(sed -n 6p checks)" 'FAIL lag.max<1s (not measured)'
  assert_equal "$(sed -n 7p checks)" 'PASS dropped<1 (0)'
}

@test "a wrong check is refused before anything is sent, and the message says why" {
  serve unix
  load_it "$endpoint" --requests 5 --check 'p98<1ms'
  said 64 '' "preforkload: --check 'p98<1ms': there is no metric 'p98'; the metrics are min mean p50 p90 p99 p99.9 p99.99 max rate errors late dropped, and as in service.p99 those of service, connect and lag"
  load_it "$endpoint" --requests 5 --check 'p99=1ms'
  said 64 '' "preforkload: --check 'p99=1ms': one of < <= > >= has to follow 'p99'"
  load_it "$endpoint" --requests 5 --check 'p99<1'
  said 64 '' "preforkload: --check 'p99<1': '1' is not a duration such as 250us, 1.5ms or 2s"
  load_it "$endpoint" --requests 5 --check 'errors<1ms'
  said 64 '' "preforkload: --check 'errors<1ms': '1ms' is not a count such as 1, or a percentage such as 0.1%"
  load_it "$endpoint" --requests 5 --check 'rate>9223372036854775808'
  assert_equal "$status" 64
  # shellcheck disable=SC2046 # words
  load_it "$endpoint" --requests 5 $(printf -- '--check late<1 %.0s' {1..33})
  assert_equal "$status" 64
  assert_match "$stderr" "is one check too many"
  stop_master
  log_has '0 connections and 0 requests served'
}

#
# JSON
#

@test "--json is one JSON object with the contract's keys, and whole numbers in order" {
  serve unix
  load_it "$endpoint" --requests 200 --json
  assert_equal "$status" 0
  is_json out || fail "$output"
  for key in scheduled sent ok; do
    assert_equal "$(figure $key)" 200 "$key"
  done
  for key in failed dropped connect_refused reply_mismatch reply_timeout; do
    assert_equal "$(figure $key)" 0 "$key"
  done
  latency='\{"min":[0-9]+,"mean":[0-9]+,"p50":[0-9]+,"p90":[0-9]+,"p99":[0-9]+,"p99_9":[0-9]+,"p99_99":[0-9]+,"max":[0-9]+\}'
  assert_match "$output" '^\{"counts":\{"scheduled":200,"sent":200,"ok":200,"failed":0,"dropped":0\},"errors":\{("[a-z_]+":0,?)+\},"rate":\{"target":null,"achieved":[0-9]+\.[0-9]\},'
  assert_match "$output" "\"latency_ns\":\{\"response\":$latency,\"service\":$latency,\"connect\":$latency\},\"verdict\":\"[^\"]+\",\"schedule\":null,"
  values=$(grep -o '"response":{[^}]*}' out | grep -oE '"(min|p50|p90|p99|p99_9|p99_99|max)":[0-9]+' | cut -d: -f2)
  assert_equal "$(sort -n <<<"$values")" "$values" "percentiles in order"
}

@test "--json tells how it was measured: model, seed, time, host but not its name, version" {
  serve unix
  load_it "$endpoint" --json --rate 500 --duration 200ms --warm-up 100ms --processes 2 --connections 9 \
    --seed 4711 --late 1s --check 'p99<10s' --check 'errors < 1%'
  ended_well
  is_json out || fail "$output"
  assert_match "$output" '"rate":\{"target":500,"achieved":[0-9.]+\}'
  assert_match "$output" '"schedule":\{"lag_ns":\{"min":[0-9]+,.*"max":[0-9]+\}\},"late":\{"began":[0-9]+,"ended":[0-9]+,"began_over_ns":1000000,"ended_over_ns":1000000000\}'
  assert_match "$output" "\"target\":\"$endpoint\""
  assert_match "$output" '"model":\{"loop":"open","connections":9,"processes":2,"size":1,"datagram":false,"keep_open":false,"expect":"increment","warm_up_ns":100000000,"duration_ns":200000000,"requests":null,"hold_ns":null,'
  assert_match "$output" '"seed":4711,"elapsed_ns":[0-9]+,"cpu_ns":[0-9]+,"interrupted":false,'
  assert_match "$output" '"checks":\[\{"check":"p99<10s","passed":true,"value":[0-9]+\},\{"check":"errors < 1%","passed":true,"value":0\}\],'
  assert_match "$output" "\"version\":\"$("$BUILD/preforkload" -V | cut -d' ' -f2)\",\"host\":\{\"kernel\":\"$(uname -r)\",\"machine\":\"$(uname -m)\",\"cpus\":[0-9]+\}"
  refute grep -qF "\"$(uname -n)\"" out
}

@test "--json has the histograms, sparse: values in order, and counts that add up" {
  serve unix
  load_it "$endpoint" --requests 300 --json
  for histogram in response service connect; do
    grep -oP "\"histogram_ns\".*\"$histogram\":\[\K(\[\d+,\d+\],?)+" out | grep -oE '[0-9]+,[0-9]+' >$histogram
    assert_equal "$(awk -F, '{ sum += $2 } END { print sum }' $histogram)" 300 "$histogram"
    sort -t, -k1,1n -u $histogram | cmp - $histogram
    refute grep ',0$' $histogram
  done
}

@test "--json is JSON when nothing could be measured, and whatever the path is" {
  load_it $'unix:a"b\\c\xff' --requests 2 --json --check 'p99<1s'
  assert_equal "$status" 69
  is_json out || fail "$output"
  assert_equal "$(figure failed)" 2
  assert_match "$output" '"min":null'
  assert_match "$output" '"target":"unix:a\\u0022b\\u005cc\\u00ff"'
  assert_match "$output" '"checks":\[\{"check":"p99<1s","passed":false,"value":null\}\]'
  assert_match "$output" '"histogram_ns":\{"response":\[\],"service":\[\],"connect":\[\]\}'
  refute grep -qi 'nan\|inf[^o]' out
}

#
# Progress
#

@test "without a terminal, progress is one plain line for each interval" {
  serve unix
  load_it "$endpoint" --duration 500ms --interval 100ms
  assert_equal "$status" 0
  (($(wc -l <err) >= 2))
  refute grep -vE '^[0-9]+%  [0-9.]+s  [0-9]+/s  errors 0  in flight [0-9]+(  p50 [0-9.a-z]+  p99 [0-9.a-z]+  max [0-9.a-z]+)?(  cpu [0-9]+%)?$' err
  load_it "$endpoint" --rate 500 --duration 300ms --warm-up 700ms --interval 100ms
  grep -Eq '^warm-up  [0-9.]+s  errors 0' err
  grep -Eq ' lag p99 [0-9.]+[num]?s' err
}

@test "--quiet prints no progress, and neither does a run shorter than an interval" {
  serve unix
  load_it "$endpoint" --requests 3000 --interval 10ms --quiet
  said 0 "$output" ''
  load_it "$endpoint" --requests 3000 --interval 1h
  said 0 "$output" ''
}

# on_terminal COLUMNS SETTING... -- ARGUMENT...: run preforkload with its standard error on a terminal, and
# write what it drew there to `drawn`, one line for each drawing.
on_terminal() {
  local columns=$1 settings=()
  shift
  while [[ $1 != -- ]]; do
    settings+=("$1")
    shift
  done
  command -v script >/dev/null || skip "no script"
  printf '%q ' env -u NO_COLOR TERM=xterm "${settings[@]}" "$BUILD/preforkload" "${@:2}" >started
  printf 'stty cols %s rows 24\ntty >terminal\n. ./started >out\n' "$columns" >on_terminal.sh
  script -qc 'bash on_terminal.sh' /dev/null </dev/null >typescript 3>&-
  drawings <typescript >drawn
}

# Put each drawing on a line, without the codes that begin and end it; an erased line is empty.
drawings() {
  tr '\r' '\n' | sed 's/\x1b\[K$//'
}

@test "on a terminal it is one line, redrawn at each interval and erased in the end" {
  serve unix
  on_terminal 120 -- "$endpoint" --duration 500ms --interval 100ms
  assert_match "$(<out)" 'verdict'
  grep -Eq '^\[#* *\]  [0-9]+%  [0-9.]+s  [0-9]+/s  errors 0  in flight [0-9]+  p50 ' drawn
  assert_equal "$(wc -l <typescript)" 0 'lines ended'
  assert_match "$(tail -c 4 typescript)" $'^\r\x1b\\[K$'
}

@test "the line never wraps, not even on 40 columns, and follows a resize" {
  serve unix
  for columns in 40 80; do
    on_terminal $columns -- "$endpoint" --duration 400ms --interval 50ms --rate 500 --warm-up 500ms
    grep -q 'warm-up' drawn
    grep -Eq '^(\[#* *\] )?[0-9]+% [0-9.]+s [0-9]+/s errors 0 ' drawn
    refute grep -E ".{$columns}" drawn
  done
  : >typescript
  (on_terminal 100 -- "$endpoint" --duration 30s --interval 50ms) &
  job=$!
  wait_for 10 eval "grep -aq '.\{60\}' typescript"
  stty -F "$(<terminal)" cols 40
  pid=$(ps -t "$(<terminal)" -o pid=,comm= | awk '$2 == "preforkload" { print $1; exit }')
  wait_for 10 eval "[[ \$(drawings <typescript | tail -n 3 | wc -L) -lt 40 ]]"
  kill -TERM "$pid"
  wait "$job"
}

@test "errors are red, unless NO_COLOR or TERM forbid colours" {
  serve unix
  wrong=("$endpoint" --expect echo --duration 300ms --interval 50ms)
  on_terminal 100 -- "${wrong[@]}"
  grep -q $'\x1b\\[31merrors [1-9][0-9]*\x1b\\[0m' drawn
  on_terminal 100 NO_COLOR= -- "${wrong[@]}" # empty is unset
  grep -q $'\x1b\\[31merrors' drawn
  on_terminal 100 NO_COLOR=1 -- "${wrong[@]}"
  grep -Eq '^\[.* errors [1-9]' drawn
  refute grep $'\x1b' drawn
  for term in TERM=dumb TERM=; do
    on_terminal 100 $term -- "${wrong[@]}"
    grep -Eq '^[0-9]+%  .*  errors [1-9]' drawn
    refute grep -E $'\x1b|^\\[' drawn
  done
}
