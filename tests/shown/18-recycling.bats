#!/usr/bin/env bats
# Line 18: workers that are replaced after 100 connections each, under load.

load ../helpers/common
load shown

@test "recycling at 100 connections a worker leaves 0.9 of the rate and loses no request" {
  local mode with without
  for mode in unix inet; do
    : >ratios
    for _ in 1 2 3 4 5 6 7; do
      serve $mode workers=8
      load_into without.json 20 --quiet --connections 4 --duration 1s
      stop_master
      serve $mode workers=8 max_connections_per_worker=100
      load_into with.json 20 --quiet --connections 4 --duration 1s
      stop_master
      with=$(json with.json achieved) without=$(json without.json achieved)
      assert_equal "$(json with.json failed)" 0 "failed"
      calculate "$with / $without" >>ratios
      echo >>ratios
    done
    figure "line 18: max_connections_per_worker = 100, $mode: $(percentile 50 <ratios) of the rate without" \
      "(median of 7 pairs, $(sort -g ratios | head -n 1) to $(sort -g ratios | tail -n 1); at least 0.9), 0 failed"
    at_least "the rate with recycling over that without, $mode" "$(percentile 50 <ratios)" 0.9
  done
}
