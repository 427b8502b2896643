#!/usr/bin/env bats
# Line 16: an idle server with everything switched on sleeps.

load ../helpers/common
load shown

@test "master and workers of a growing pool with a control socket make no system call in 10 s" {
  local pid tracees=()
  serve unix workers=3..30 control=control log_connections=yes
  for _ in {1..20}; do
    ask >asked
  done
  echo status | timeout 5 nc -N -U control >asked 3>&-
  let_pass 12 # spare_timeout is 10 s: those beyond leave
  wait_for 5 worker_count_is 3
  for pid in "$master" $(workers); do
    tracees+=(-p "$pid")
  done
  strace -qq -o trace "${tracees[@]}" 3>&- 2>strace.err &
  tracer=$!
  let_pass 1 # to be attached to wakes them once
  before=$(wc -l <trace)
  let_pass 10
  after=$(wc -l <trace)
  kill -INT "$tracer"
  wait "$tracer" || true
  figure "line 16: 3..30 workers, idle, default timeouts, a control socket, 10 s under strace:" \
    "$((after - before)) system calls"
  assert_equal "$after" "$before" "lines of the trace"
  grep -q epoll_wait trace
}
