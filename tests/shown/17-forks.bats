#!/usr/bin/env bats
# Line 17: no process can be made for a while.

load ../helpers/common
load shown

pool_is_full() {
  [[ $(workers | wc -l) == 8 ]]
}

master_ticks() {
  awk '{ print $14 + $15 }' "/proc/$master/stat"
}

@test "while fork fails the survivors serve and the master rests; then the pool is full within a second" {
  local before tracer victim begin
  serve unix workers=8 max_connection_time=20s
  strace -qq -o trace -e trace=clone,clone3,fork,vfork -e inject=clone,clone3,fork,vfork:error=EAGAIN \
    -p "$master" 3>&- 2>strace.err &
  tracer=$!
  wait_for 5 grep -q "TracerPid:.*$tracer" "/proc/$master/status"
  for victim in $(workers | head -n 5); do
    kill -KILL "$victim"
  done
  wait_for 5 log_has 'cannot fork a worker, trying again: Resource temporarily unavailable'
  before=$(master_ticks)
  load_into load.json 20 --connections 4 --duration 4s
  cpu=$(calculate "($(master_ticks) - $before) / $(getconf CLK_TCK) / 4 * 100")
  assert_equal "$(workers | wc -l)" 3 "survivors"
  kill -INT "$tracer"
  wait "$tracer" || true
  begin=$EPOCHREALTIME
  wait_for 5 pool_is_full
  figure "line 17: fork failing for 4 s: 3 of 8 workers answered $(json load.json ok) calls, $(json load.json failed)" \
    "failed; the master used $cpu % of a processor (under 2); the pool was full $(since "$begin") s after its end"
  assert_equal "$(json load.json failed)" 0 "failed"
  at_most "the master's processor time, in %" "$cpu" 2
  at_most "seconds until the pool was full" "$(since "$begin")" 1
  log_has 'forking workers again'
  assert_equal "$(grep -c 'cannot fork' "$log")" 1 "lines about it"
}
