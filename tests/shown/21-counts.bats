#!/usr/bin/env bats
# Line 21: counters are exact, whatever became of the workers who counted.

load ../helpers/common
load shown

fact() { # NAME
  echo status | timeout 5 nc -N -U control 3>&- | awk -v name="$1" '$1 == name { print $2; exit }'
}

@test "after a million requests through a pool that grows, shrinks and recycles, accepted equals what was sent" {
  local sent=0 round
  serve unix workers=2..60 spare=2 spare_timeout=20ms max_connections_per_worker=2000 control=control \
    log_level=info log=l.log
  for round in {1..20}; do
    load_into load.json 60 --quiet --connections $((round % 5 * 12 + 2)) --requests 50000
    assert_equal "$(json load.json failed)" 0 "failed"
    sent=$((sent + $(json load.json ok)))
  done
  figure "line 21: $sent requests by 20 loads of 2 to 50 clients on 2..60 workers: accepted $(fact accepted)," \
    "requests $(fact requests), bytes in $(fact bytes_in), out $(fact bytes_out);" \
    "$(grep -c 'exited with status 0' l.log) workers came and went, $(fact crashes) crashed"
  assert_equal "$sent $(fact accepted) $(fact requests)" '1000000 1000000 1000000' "sent, accepted, requests"
}
