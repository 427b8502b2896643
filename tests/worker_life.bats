#!/usr/bin/env bats
# A worker's signals, its end, and its descriptors.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/memory_group
load helpers/trace
load helpers/worker

teardown() {
  leave_test || { drop_group && return 1; }
  drop_group
}

@test "SIGTERM retires a worker: it answers its active connection, exits with status 0, and is replaced" {
  serve_one unix requests_per_connection=unlimited
  pid=$(worker)
  begin_call held connect send:A expect:B say:in wait send:A expect:B half-close eof
  heard held in
  kill -TERM "$pid"
  let_go held
  end_call held
  wait_for 5 log_has "worker $pid \(pool main, slot 0\) exited with status 0, 1 connections served"
  assert_equal "$(ask A)" B
  [[ $(worker) != "$pid" ]]
}

@test "a retired worker exits at once if it is idle, and in a busy pool after its active connection" {
  serve_one unix workers=2
  for pid in $(workers); do
    kill -TERM "$pid"
    wait_for 5 log_has "worker $pid .* exited with status 0"
  done
  "$bin/launch" "$BUILD/preforkload" "$endpoint" --duration 40s --connections 8 >load.out 3>&- &
  local load=$! status=0
  pid=$(worker) before=$(switches "$pid")
  wait_for 5 has_moved "$pid" "$before"
  kill -TERM "$pid"
  wait_for 5 log_has "worker $pid .* exited with status 0" # long before the load's end
  refute has_ended "$load"
  kill -INT "$load"
  wait "$load" || status=$?
  assert_equal "$status" 130
  grep -q ' failed 0,' load.out || fail "$(<load.out)"
}

@test "two clients that connect while one of two workers is retired or killed are both served" {
  serve_one unix workers=2 log_level=debug
  for round in {1..15}; do
    wait_for 5 worker_count_is 2
    pid=$(worker)
    wait_for 5 log_has "worker $pid .* accepts"
    "$bin/client" -n 2 "$endpoint" connect send:A count >out 3>&- &
    client=$!
    kill -TERM "$pid"
    wait "$client" || fail "round $round: not served"
    assert_equal "$(<out)" "2 answered, 2 bytes, 0 reset" "retired, round $round"
    wait_for 5 worker_count_is 2
    pid=$(workers | tail -n 1)
    wait_for 5 log_has "worker $pid .* accepts"
    kill -KILL "$pid"
    call -n 2 connect send:A count
    assert_equal "$output" "2 answered, 2 bytes, 0 reset" "killed, round $round"
  done
}

@test "SIGPIPE, SIGINT, SIGQUIT and SIGHUP do nothing to a worker" {
  serve_one unix
  pid=$(worker)
  for signal in PIPE INT QUIT HUP; do
    kill -s "$signal" "$pid"
    assert_equal "$(ask)" "char from server = B"
  done
  assert_equal "$(worker)" "$pid"
}

@test "a client that is gone before its answer kills no worker" {
  serve_one unix service=echo
  pid=$(worker)
  call -n 20 connect send:xxxxxxxxxxxxxxxx*64 reset
  assert_equal "$(ask A)" A
  assert_equal "$(worker)" "$pid"
}

# Print which of 0, 1 and 2 are the same for the worker PID and its master.
shared_with_master() { # PID
  for fd in 0 1 2; do
    [[ $(readlink "/proc/$1/fd/$fd") != "$(readlink "/proc/$master/fd/$fd")" ]] || echo $fd
  done
}

# Two pools, a log file, and what each worker has of the master's descriptors.
look_at_descriptors() {
  local shared=''
  ! is_sanitized || shared=2 # AddressSanitizer prints to standard error
  start_master <<'CONF'
mode = unix
workers = 1
log = file
[pool a]
path = a
[pool b]
path = b
CONF
  assert_equal "$(workers | wc -l)" 2 "workers"
  for pid in $(workers); do
    (($(descriptors "$pid") <= 8)) || fail "$(ls -l "/proc/$pid/fd")"
    assert_equal "$(find "/proc/$pid/fd" -lname 'socket:*' | wc -l)" 1 "sockets"
    refute grep -q . <(find "/proc/$pid/fd" -lname '*.lock' -o -lname '*/file')
    assert_equal "$(shared_with_master "$pid")" "$shared" "of 0 to 2, the master's"
    for fd in "/proc/$pid/fd"/*; do
      ((${fd##*/} > 2)) || continue
      flags=$(awk '$1 == "flags:" { print $2 }' "/proc/$pid/fdinfo/${fd##*/}")
      ((8#$flags & 8#2000000)) || fail "descriptor ${fd##*/} is not close-on-exec: $(readlink "$fd")"
    done
  done
}

@test "a worker has few descriptors, one socket among them, none of the master's standard ones, and its own are close-on-exec" {
  look_at_descriptors
}

@test "the same where the kernel has no close_range(2)" {
  without_close_range
  look_at_descriptors
  grep -q 'close_range.*INJECTED' trace
}

score_of() { # PID
  cat "/proc/$1/oom_score_adj"
}

@test "a worker raises its oom_score_adj over the master's, whatever that is: the kernel kills a worker first" {
  for score in 0 100 900; do
    # shellcheck disable=SC2016 # sh expands it
    runner=(sh -c 'echo $1 >/proc/self/oom_score_adj; shift; exec "$@"' sh "$score")
    serve_one unix
    assert_equal "$(score_of "$master")" $score "the master's"
    expected_score=$((score + 400))
    ((expected_score <= 1000)) || expected_score=1000
    assert_equal "$(score_of "$(worker)")" $expected_score "the worker's"
    stop_master
  done
}

# scale_beyond MIB: more workers than a cgroup with so much memory has room for; then there is room.
scale_beyond() {
  limit_group $(($1 << 20))
  "$BUILD/preforkctl" -s control scale 200 3>&-
  wait_for 20 group_has_killed
  wait_for 20 log_has 'worker .* killed by SIGKILL'
  limit_group $((1 << 40))
  "$BUILD/preforkctl" -s control scale 2 3>&-
  # Workers that are killed before they are ready have failed, many at once: a reload waits for no backoff.
  ! log_has 'the next starts in ([4-9]|[1-9][0-9]) s' || "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 20 worker_count_is 2
}

@test "where a cgroup has too little memory the kernel kills workers, and the master lives and replaces them" {
  ! is_sanitized || skip 'a process with AddressSanitizer has more than the group'
  # shellcheck disable=SC2016 # the shell's own
  for size in 4 6 10; do
    make_group oom || skip 'no memory cgroup can be made here: that needs root and the memory controller'
    runner=(sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$group")
    serve unix control=control workers=1..200 spare_timeout=50ms
    scale_beyond $size
    assert_equal "$(ask)" 'char from server = B'
    stop_master
    drop_group
    : >"$log"
  done
}
