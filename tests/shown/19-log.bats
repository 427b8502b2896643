#!/usr/bin/env bats
# Line 19: a log that cannot be written, or is written for every connection, delays no client.

load ../helpers/common
load shown

# unwritable KEY...: 2 s of load with log_connections.
unwritable() { # WHAT KEY=VALUE...
  serve unix workers=8 log_connections=yes control=control "${@:2}"
  load_into load.json 20 --quiet --connections 4 --duration 2s
  echo status | timeout 5 nc -N -U control >status 3>&-
  lost=$(awk '$1 == "log_lines_dropped" { print $2 }' status)
  figure "line 19: log_connections into $1: $(json load.json ok) answered, $(json load.json failed) failed," \
    "slowest $(calculate "$(json load.json response.max) / 1e6") ms; $lost lines lost, and counted"
  assert_equal "$(json load.json failed)" 0 "failed"
  at_most "the slowest call, in ms" "$(calculate "$(json load.json response.max) / 1e6")" 500
  at_least "lines counted as lost" "$lost" "$(($(json load.json ok) / 2))"
}

@test "/dev/full as the log: no request fails or blocks, and the lines are counted" {
  unwritable /dev/full log=/dev/full
}

@test "a log pipe that is not read: no request fails or blocks, and the lines are counted and reported" {
  mkfifo stuck
  exec {reader}<>stuck
  unwritable 'a pipe nobody reads' "log=$PWD/stuck"
  timeout 1 cat <&$reader >/dev/null || true # now it can be written again
  ask >asked
  timeout 2 cat <&$reader >said || true
  grep -q 'lines of the log were lost' said
}

@test "log_connections to a file leaves 0.8 of the rate" {
  for _ in {1..9}; do
    serve unix workers=8 log=l.log
    load_into without.json 20 --quiet --connections 4 --duration 1s
    stop_master
    rm -f l.log
    serve unix workers=8 log=l.log log_connections=yes
    load_into with.json 20 --quiet --connections 4 --duration 1s
    stop_master
    calculate "$(json with.json achieved) / $(json without.json achieved)" >>ratios
    echo >>ratios
  done
  figure "line 19: with log_connections to a file $(percentile 50 <ratios) of the rate without (median of 9" \
    "pairs, $(sort -g ratios | head -n 1) to $(sort -g ratios | tail -n 1); at least 0.8);" \
    "the last run: $(json with.json ok) calls, $(grep -c ' connection: ' l.log) lines, $(grep 'were lost' l.log | tail -n 1)"
  at_least "the rate with log_connections over that without" "$(percentile 50 <ratios)" 0.8
}
