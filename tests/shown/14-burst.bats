#!/usr/bin/env bats
# Line 14: 200 slow clients at once on a pool of 5..300, again and again.

load ../helpers/common
load shown

# burst FILE: 200 clients at once, each of which keeps a worker for half a second.
burst() {
  load_into "$1" 30 --quiet --connections 200 --hold 500ms
  assert_equal "$(json "$1" held) $(json "$1" failed)" '200 0' "held, failed"
}

bursts() { # MODE
  local slowest before
  serve "$1" workers=5..300 spare=5 spare_timeout=500ms requests_per_connection=unlimited backlog=1024
  before=$(count_descriptors "$master")
  for _ in {1..20}; do
    burst load.json
    calculate "$(json load.json response.max) / 1e6" >>slowest
    echo >>slowest
    wait_for 10 worker_count_is 5
  done
  slowest=$(percentile 100 <slowest)
  has_no_zombie "$master"
  figure "line 14: 20 times 200 clients at once on 5..300, $1: the last of a burst answered after" \
    "$(percentile 50 <slowest) ms in the median, $slowest ms at most (at most 100); back to 5 workers;" \
    "descriptors (master, worker) $(count_descriptors "$master"), before $before"
  assert_equal "$(count_descriptors "$master")" "$before" "descriptors of master and worker"
  at_most "the slowest of 20 bursts, in ms" "$slowest" 100
  stop_master
  read_stop_line
  assert_equal "$connections $cut $refused" '4000 0 0' "connections, cut, refused"
}

@test "the last of 200 clients at once is answered within 0.1 s, 20 times, and nothing is left, unix" {
  bursts unix
}

@test "the last of 200 clients at once is answered within 0.1 s, 20 times, and nothing is left, inet" {
  bursts inet
}
