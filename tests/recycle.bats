#!/usr/bin/env bats
# max_connections_per_worker: workers that have served their number are replaced, which no client notices.

load helpers/common

@test "a worker is replaced after about so many connections, and its successor accepts first" {
  for mode in unix inet; do
    serve $mode workers=2 max_connections_per_worker=50 log_level=info
    "$BUILD/preforkload" "$endpoint" --quiet --requests 1000 --connections 4 >report 3>&-
    assert_match "$(<report)" 'ok 1000, failed 0'
    wait_for 5 two_are_left
    stop_master
    log_has 'stopped: pool main, 1000 connections and 1000 requests served, 0 cut, 0 refused'
    served=$(sed -n 's/.*exited with status 0, \([0-9]*\) connections served/\1/p' "$log")
    (($(wc -l <<<"$served") >= 4)) || fail "$(<"$log")"
    refute log_has 'killed by'
  done
}

two_are_left() {
  [[ $(workers | wc -l) == 2 ]]
}

@test "the numbers of workers that were forked together differ" {
  serve unix workers=1 max_connections_per_worker=1000 log_level=info
  "$BUILD/preforkload" "$endpoint" --quiet --requests 9000 --connections 2 >report 3>&-
  stop_master
  numbers=$(sed -n 's/.*exited with status 0, \([0-9]*\) connections served/\1/p' "$log" | sed '$d')
  (($(sort -u <<<"$numbers" | wc -l) > 2)) || fail "$numbers"
  # A worker serves on until its successor accepts, which takes what the machine makes of it: of most.
  sort -n <<<"$numbers" >sorted
  least=$(head -n 1 sorted) median=$(sed -n "$((($(wc -l <sorted) + 1) / 2))p" sorted)
  ((least >= 900 && median <= 2000)) || fail "they served" "$(<sorted)"
}

@test "a worker that cannot be replaced serves on" {
  serve unix workers=1 max_connections_per_worker=10
  # A master that is stopped forks no worker.
  kill -STOP "$master"
  for _ in {1..30}; do
    assert_equal "$(ask)" 'char from server = B'
  done
  kill -CONT "$master"
  stop_master
  log_has 'stopped: pool main, 30 connections'
}

@test "datagrams count as connections" {
  start_master -o log_level=info <<<$'mode = unix\ntype = datagram\npath = d\nworkers = 1\nmax_connections_per_worker = 20'
  "$BUILD/preforkload" --datagram unix:d --quiet --requests 2000 --connections 1 >report 3>&-
  assert_match "$(<report)" 'ok 2000, failed 0'
  stop_master
  (($(grep -c 'exited with status 0' "$log") >= 3)) || fail "$(<"$log")"
}
