#!/usr/bin/env bats
# Line 6: a graceful stop under load, 100 times each mode.

load ../helpers/common
load shown

# Check a stop under load; OK is how many answers the clients got.
stopped_well() { # MODE OK LATE
  await_master master 0
  [[ $1 == inet ]] || refute test -e s
  read_stop_line
  assert_equal "$connections $requests $cut" "$2 $2 0" "the stop line's connections, requests, cut,"
  at_most "refused by the stop line, who had connected too late" "$refused" "$3"
}

stops() { # MODE
  local round ok lost late sum=0 late_sum=0 delay
  for round in {1..100}; do
    serve "$1" workers=4
    delay=$((20 + RANDOM % 100))
    echo "round $round: TERM after $delay ms"
    timeout 50 "$bin/stop_under_load" "$(target)" "$master" 16 "$delay" >stop.out 3>&-
    read -r _ ok _ lost _ late <stop.out
    assert_equal "$lost" 0 "lost"
    stopped_well "$1" "$ok" "$late"
    sum=$((sum + ok)) late_sum=$((late_sum + late))
  done
  figure "line 6: 100 stops under load, $1: $sum calls answered, 0 lost, $late_sum came too late;" \
    "exit 0 and the stop line right 100 times"
}

@test "100 stops under load lose no accepted or queued connection, unix" {
  stops unix
}

@test "100 stops under load lose no accepted or queued connection, inet" {
  stops inet
}

# The load generator's figures are the stop line's, too.
generator() { # MODE
  local round load i
  for round in {1..10}; do
    echo "round $round"
    serve "$1" workers=4
    rm -f progress
    load_into load.json 20 --connections 8 --duration 300ms --interval 20ms 2>progress &
    load=$!
    wait_for 5 test -s progress # it is under way
    for ((i = 0; i < RANDOM % 20; i++)); do
      ask >/dev/null
    done
    kill -TERM "$master"
    wait "$load"
    stopped_well "$1" $((i + $(json load.json ok))) 1000000
    assert_equal "$(json load.json reply_mismatch)" 0 "mismatches"
  done
  figure "line 6: 10 stops under preforkload, $1: its figures were the stop line's"
}

@test "the stop line's figures are the load generator's, unix" {
  generator unix
}

@test "the stop line's figures are the load generator's, inet" {
  generator inet
}
