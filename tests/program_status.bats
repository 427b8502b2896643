#!/usr/bin/env bats
# What status, workers and metrics say of programs: which runs, how they ended, how fast they were started.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program

ctl() {
  "$BUILD/preforkctl" -s control "$@" 3>&-
}

@test "workers shows the process of the program that runs, by what the kernel knows" {
  for mode in unix inet; do
    run_program $mode "sh -c 'echo in; read x; exit 0'" workers=2
    refute grep -Eq ' [0-9]+$' <(ctl workers)
    begin_call one connect expect:'in'$'\n' say:in wait send:$'\n' eof
    heard one in
    pid=$(programs)
    assert_equal "$(ctl workers | grep -c " $pid\$")" 1
    assert_match "$(ctl workers)" '^pool .* program'
    ctl workers --json >json
    assert_equal "$(grep -o '"state":"busy"[^}]*' json | grep -o '"program_pid":[^,]*')" "\"program_pid\":$pid"
    assert_equal "$(grep -o '"state":"idle"[^}]*' json | grep -o '"program_pid":[^,]*')" '"program_pid":null'
    let_go one
    end_call one
    stop_master
  done
  serve unix control=control
  assert_equal "$(ctl workers | grep -c program)" 0
  assert_equal "$(ctl workers --json | grep -o '"program_pid":null' | wc -l)" 2
}

@test "status has a line for the programs of each pool that runs some: how they ended, how fast they were started" {
  printf '%s\n' 'control = control' '[pool bytes]' 'mode = unix' 'path = b' \
    '[pool run]' 'mode = inet' 'port = 0' 'service = program' "command = sh -c 'read n; exit \$n'" >two.conf
  start_master <two.conf
  port=$(sed -n 's/.*pool run, .*inet:127.0.0.1:\([0-9]*\).*/\1/p' "$log" | head -n 1)
  for status in 0 3 0; do
    tell "$status"
  done
  wait_for 5 status_has '^run +2 +1 +0 +0 +0 +[0-9.]+[mu]s +[0-9.]+[mu]s$'
  assert_match "$(ctl status | grep -A1 '^programs')" '^programs +ok +failed +signalled +gone +unstarted +exec p50 +exec p99'
  assert_equal "$(ctl status | grep -c '^bytes ')" 2 # the pool and its endpoint
  ctl metrics >figures
  grep -x 'preforkd_program_exec_seconds_count{master="master",pool="run"} 3' figures
  grep -x 'preforkd_program_exec_seconds_bucket{master="master",pool="run",le="+Inf"} 3' figures
  assert_equal "$(grep -c '^preforkd_program_.*bytes' figures)" 0
  sum=$(sed -n 's/^preforkd_program_exec_seconds_sum.* //p' figures)
  awk -v sum="$sum" 'BEGIN { exit !(sum > 0 && sum < 5) }'
  ctl status --json >json
  assert_match "$(grep -o '"run":.*' json)" '"exec_sum_ns":[1-9][0-9]*,.*"exec_p50_ns":[1-9][0-9]*,"exec_p99_ns":[1-9]'
  assert_match "$(grep -o '"bytes":.*' json)" '"exec_sum_ns":null,.*"exec_p50_ns":null,"exec_p99_ns":null'
  ctl upgrade
  follow_upgrade
  ctl metrics >figures
  grep -x 'preforkd_program_exec_seconds_count{master="master",pool="run"} 3' figures
}

status_has() { # REGEX
  ctl status | grep -Eq "$1"
}

@test "status of byte services alone has no line for programs" {
  serve unix control=control
  assert_equal "$(ctl status | grep -c '^programs')" 0
  assert_equal "$(ctl metrics | grep -c '^preforkd_program_exec_seconds_')" 0
}
