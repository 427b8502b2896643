#!/usr/bin/env bats
# Line 4: workers killed at random under load.

load ../helpers/common
load shown

# Milliseconds from each kill (helpers/kill_workers.c) to its slot's next line `accepts`, a line each. The
# log has the time of day, the kills have seconds since 1970: both in UTC.
recoveries() { # KILLS LOG
  awk 'FNR == NR { killed[$2] = sprintf("%.6f", $1 % 86400); next }
    { split(substr($1, 12), t, ":"); now = t[1] * 3600 + t[2] * 60 + t[3] + 0
      match($0, /slot [0-9]+/); slot = substr($0, RSTART, RLENGTH) }
    / killed by SIGKILL/ { waiting[slot] = waiting[slot] " " killed[$4] }
    / accepts$/ && waiting[slot] != "" {
      n = split(waiting[slot], since, " "); waiting[slot] = ""
      for (i = 1; i <= n; i++)
        printf "%.3f\n", (now - since[i] + (now < since[i] - 43200 ? 86400 : 0)) * 1000 }' "$1" "$2"
}

# Check that requests failed only in workers that were killed: at most KILLS, by these errors.
only_in_hand() { # REPORT KILLS
  local failed
  failed=$(json "$1" failed)
  at_most "failed calls, with $2 workers killed" "$failed" "$2"
  assert_equal "$(($(json "$1" reply_reset) + $(json "$1" reply_short)))" "$failed" \
    "calls that failed by a reset or an early end of file, with $(<"$1"),"
}

killed() { # MODE
  local worst
  serve "$1" workers=8 log=k.log log_level=debug
  load_into load.json 40 --connections 4 --duration 6s &
  local load=$!
  timeout 40 "$bin/kill_workers" "$master" 200 25 >kills 3>&-
  wait "$load"
  assert_equal "$(wc -l <kills)" 200 "kills"
  wait_for 5 worker_count_is 8
  has_no_zombie "$master"
  stop_master
  assert_equal "$(grep -c ' killed by SIGKILL' k.log)" 200 "killed workers in the log"
  recoveries kills k.log >took
  assert_equal "$(wc -l <took)" 200 "slots that accept again"
  worst=$(percentile 99 <took)
  figure "line 4: 200 of 8 workers killed under load, $1: $(json load.json ok) calls answered," \
    "$(json load.json failed) failed, in the killed workers' hands; no zombie"
  figure "line 4: from a kill to accepting again, $1: median $(percentile 50 <took) ms," \
    "p99 $worst ms, max $(percentile 100 <took) ms (p99 under 10)"
  only_in_hand load.json 200
  at_most "p99 from a kill to accepting again, in ms" "$worst" 10
}

@test "200 workers killed at random under load cost their own clients alone, unix" {
  killed unix
}

@test "200 workers killed at random under load cost their own clients alone, inet" {
  killed inet
}

disturbed() { # MODE
  local pair ratio slowest worst=0 load
  serve "$1" workers=8
  for pair in 1 2 3 4 5; do
    load_into quiet.json 20 --connections 4 --duration 6s
    load_into load.json 20 --connections 4 --duration 6s &
    load=$!
    timeout 20 "$bin/kill_workers" "$master" 40 145 >kills 3>&-
    wait "$load"
    only_in_hand load.json 40
    ratio=$(calculate "$(json load.json achieved) / $(json quiet.json achieved)")
    slowest=$(calculate "$(json load.json response.max) / 1e6")
    worst=$(printf '%s\n' "$worst" "$slowest" | percentile 100)
    echo "$ratio" >>ratios
    figure "line 4: pair $pair, $1: $(json quiet.json achieved)/s undisturbed (slowest call" \
      "$(calculate "$(json quiet.json response.max) / 1e6") ms), with 40 kills" \
      "$(json load.json achieved)/s (slowest $slowest ms): $ratio"
  done
  ratio=$(percentile 50 <ratios)
  figure "line 4: 40 kills in 6 s leave $ratio of the rate, $1, median of 5 pairs (at least 0.95);" \
    "the slowest call took $worst ms (under 50)"
  at_least "the rate with 40 kills over the undisturbed one" "$ratio" 0.95
  at_most "the slowest call, in ms" "$worst" 50
}

@test "40 kills in 6 s leave 0.95 of the rate, unix" {
  disturbed unix
}

@test "40 kills in 6 s leave 0.95 of the rate, inet" {
  disturbed inet
}
