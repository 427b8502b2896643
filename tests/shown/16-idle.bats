#!/usr/bin/env bats
# Line 16: an idle server with everything switched on sleeps.

load ../helpers/common
load shown

@test "master and workers of a growing pool with a control socket make no system call in 10 s" {
  local pid pids
  serve unix workers=3..30 control=control log_connections=yes
  for _ in {1..20}; do
    ask >asked
  done
  echo status | timeout 5 nc -N -U control >asked 3>&-
  let_pass 12 # spare_timeout is 10 s: those beyond leave
  wait_for 5 worker_count_is 3
  pids=$(echo "$master" $(workers))
  # shellcheck disable=SC2086 # words
  timeout -s INT 10 strace -f -qq -o trace ${pids//* /} $(printf -- '-p %s ' $pids) 3>&- 2>strace.err || true
  figure "line 16: 3..30 workers, idle, default timeouts, a control socket, 10 s under strace:" \
    "$(grep -vcE 'resumed|SIG|exited|\+\+\+|---|unfinished' trace || true) system calls begun"
  refute grep -qE '^[0-9]+ .* = ' trace
}
