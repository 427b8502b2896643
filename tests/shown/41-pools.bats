#!/usr/bin/env bats
# Reloads of large files: the master goes on with its other work while a child reads them, and opens
# and forks some pools at a time.

load ../helpers/common
load shown

# The slowest of the control socket's answers until the process PID has ended, in milliseconds.
slowest_ping() { # PID
  local began took slowest=0
  until has_ended "$1"; do
    began=$EPOCHREALTIME
    "$BUILD/preforkctl" -s ctl --timeout 60s ping >pings
    took=$(calculate "int(($EPOCHREALTIME - $began) * 1000)")
    ((took <= slowest)) || slowest=$took
  done
  echo "$slowest"
}

# reload_with POOLS STATUS: reload with so many more pools, and see the exit status.
reload_with() {
  local reload slowest status=0
  seq "$1" | sed 's/.*/[pool p&]\npath = p&/' | cat good - >new
  mv new master.conf
  "$BUILD/preforkctl" -s ctl --timeout 100s reload >reload.out 2>&1 &
  reload=$!
  slowest=$(slowest_ping "$reload")
  wait "$reload" || status=$?
  assert_equal "$status" "$2" "$(<reload.out): the exit status"
  figure "a reload with $1 pools: the slowest answer of the control socket took $slowest ms"
  at_most "milliseconds for an answer" "$slowest" 300
}

@test "a reload with 1,000 pools, or with more than there are descriptors for, holds nothing up" {
  serve unix control=ctl workers=1
  cp master.conf good
  reload_with 1000 0
  cp good master.conf
  run -0 "$BUILD/preforkctl" -s ctl reload
  prlimit --pid "$master" --nofile=4000
  reload_with 4000 1
  grep -q 'Too many open files' reload.out
}
