#!/usr/bin/env bats
# preforkload's exit status: whether requests failed, a check did, the generator was the limit, or no server was there.

load helpers/common
load helpers/client

@test "replies that are not as expected are counted as mismatches: 1" {
  serve unix
  load_it "$endpoint" --requests 50 --expect echo --json
  assert_equal "$status" 1
  assert_equal "$(figure ok) $(figure failed) $(figure reply_mismatch)" "0 50 50"
  load_it "$endpoint" --requests 50 --expect echo
  assert_equal "$status" 1
  assert_match "$output" 'mismatch 50'
  load_it "$endpoint" --requests 50 --expect any
  assert_equal "$status" 0
}

@test "wrong replies are exit status 1 of datagrams too: the server was reached" {
  for mode in unix inet; do
    serve $mode type=datagram service=echo
    load_it --datagram "$endpoint" --requests 20 --json
    assert_equal "$status" 1 "exit status, $mode, with '$stderr',"
    assert_equal "$(figure ok) $(figure failed) $(figure reply_mismatch)" "0 20 20"
    load_it --datagram "$endpoint" --requests 20 --expect echo
    said 0 "$output" ''
    stop_master
  done
}

@test "a default --expect that no reply meets: a message with the words for other servers" {
  local hint='preforkload: no reply was each byte plus one, as --expect increment has it, the default: use --expect echo if .*, otherwise --expect any'
  serve inet service=echo
  load_it "$endpoint" --requests 20
  said 1 "$output" "$hint"
  load_it "$endpoint" --requests 20 --check 'errors<1' --json
  said 2 "$output" "$hint"
  load_it "$endpoint" --requests 20 --expect increment # as was asked
  said 1 "$output" ''
  stop_master
  serve inet type=datagram service=echo
  load_it --datagram "$endpoint" --requests 20
  said 1 "$output" "$hint"
}

@test "a server that answers nothing in time: 1, and the errors say how" {
  serve unix workers=1 idle_timeout=100ms service=echo
  kill -STOP "$master" "$(workers)" # the master as well, which would replace it
  load_it "$endpoint" --expect echo --requests 2 --connections 2 --timeout 200ms --json
  kill -CONT "$master" "$(workers)"
  assert_equal "$status" 1
  assert_equal "$(figure reply_timeout)" 2
}

@test "descriptors that run out are the generator's own limit, in both loops: 3, and the verdict says so" {
  command -v prlimit >/dev/null || skip "no prlimit"
  serve unix
  for loop in '--connections 4' '--rate 500'; do
    # shellcheck disable=SC2086 # words
    begin_load "$endpoint" $loop --processes 1 --duration 600ms --check 'p99<10s'
    wait_for 5 has_served
    prlimit --pid "$(workers "$load")" --nofile=3:
    end_load
    assert_equal "$status" 3
    assert_match "$output" 'descriptor limit [1-9]'
    assert_match "$output" 'verdict +the generator was the limit: no local port for 0 requests, no descriptor for [1-9]'
    stop_master
    serve unix
  done
}

@test "ports that run out are the generator's own limit: 3, and the verdict says so" {
  local ports='echo 40000 40031 >/proc/sys/net/ipv4/ip_local_port_range && ip link set lo up'
  command -v ip >/dev/null || skip "no ip"
  unshare -rn sh -c "$ports" 2>/dev/null || skip "no network namespace can be made here"
  # shellcheck disable=SC2034 # for start_master
  runner=(unshare -rn sh -c "$ports"' && exec "$@"' sh)
  serve inet user=root # that user namespace has no other one
  run_separated nsenter -t "$master" -U --preserve-credentials -n "$BUILD/preforkload" "$endpoint" \
    --connections 40 --processes 1 --requests 200
  assert_equal "$status" 3
  assert_match "$output" 'verdict +the generator was the limit: no local port for [1-9][0-9]* requests, no descriptor for 0'
}

@test "a schedule that is not held: 3, whatever a check says" {
  serve unix workers=1
  kill -STOP "$master" "$(workers)"
  load_it "$endpoint" --rate 200 --duration 100ms --connections 1 --timeout 700ms --check 'p99<1ms'
  kill -CONT "$master" "$(workers)"
  assert_equal "$status" 3
  assert_match "$output" 'verdict +the schedule was not held: [1-9][0-9]* never sent'
  assert_match "$output" 'scheduled 20, '
  assert_match "$output" 'FAIL p99<1ms'
}

@test "a check of response times that the generator's own lag exceeds: the verdict says so" {
  serve unix
  load_it "$endpoint" --rate 500 --requests 100 --check 'p99<10s' --check 'max<=1ns'
  [[ $status == 2 || $status == 3 ]] # 3 where this machine is too busy for the schedule
  assert_match "$output" 'verdict +the (generator was too late for max<=1ns: its own lag has a max of [0-9.]+[num]?s|schedule was not held)'
  load_it "$endpoint" --rate 500 --requests 100 --check 'p99<10s' --check 'max>10s' --check 'service.max<1ns'
  assert_match "$output" 'verdict +(generator ok: lag|the schedule was not held)'
}

@test "a run in which nothing comes due measured nothing, and says so: 3" {
  serve unix
  load_it "$endpoint" --rate 1 --warm-up 100ms --duration 100ms # the second would be due after 1 s
  said 3 "$output" ''
  assert_match "$output" 'scheduled 0, .*verdict +nothing was measured'
}

@test "checks decide, and requests that fail are 1 unless a check is about errors" {
  serve unix
  load_it "$endpoint" --requests 50 --check 'errors<1' --check 'p99<10s'
  assert_equal "$status" 0
  load_it "$endpoint" --requests 50 --expect echo --check 'errors<1' --check 'dropped<1'
  assert_equal "$status" 2
  load_it "$endpoint" --requests 50 --expect echo --check 'errors<=100%'
  assert_equal "$status" 0
  load_it "$endpoint" --requests 50 --expect echo --check 'late<=100%' --check 'dropped<1'
  assert_equal "$status" 1
  refute grep FAIL out
  load_it unix:absent --requests 5 --check 'errors<1'
  assert_equal "$status" 69
}

@test "no server: 69, with the report" {
  load_it unix:absent --requests 3
  assert_equal "$status" 69
  assert_match "$stderr" '^preforkload: cannot reach unix:absent: No such file or directory$'
  assert_match "$output" 'ok 0, failed 3'
  load_it unix:absent --rate 1000 --duration 100ms
  assert_equal "$status" 69
  assert_match "$stderr" '^preforkload: cannot reach unix:absent: No such file or directory$'
  assert_match "$output" 'model +open loop.*ok 0, failed [1-9]'
  serve inet
  stop_master
  load_it "$endpoint" --rate 1000 --duration 100ms --json
  assert_equal "$status" 69
  assert_match "$stderr" "^preforkload: cannot reach $endpoint: Connection refused\$"
  (($(figure connect_refused) > 0))
}
