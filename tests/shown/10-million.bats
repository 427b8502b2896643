#!/usr/bin/env bats
# Line 10: a million requests, counted on both sides.

load ../helpers/common
load shown

million() { # MODE
  serve "$1" workers=8
  load_into load.json 150 --connections 16 --requests 1000000
  stop_master
  read_stop_line
  figure "line 10: $(json load.json ok) answers, $(json load.json reply_mismatch) mismatches," \
    "$(json load.json failed) failed; the stop line has $requests requests, $1," \
    "$(json load.json achieved)/s"
  assert_equal "$(json load.json ok)" 1000000 "answered"
  assert_equal "$(json load.json failed)" 0 "failed"
  assert_equal "$(json load.json reply_mismatch)" 0 "mismatches"
  assert_equal "$connections $requests $cut" '1000000 1000000 0' "the stop line"
}

@test "a million requests are answered rightly and counted alike, unix" {
  million unix
}

@test "a million requests are answered rightly and counted alike, inet" {
  million inet
}
