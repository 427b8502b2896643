#!/usr/bin/env bats
# preforkctl: what it shows, its exit statuses, and what it makes of a master that does not run, does not
# answer, or is another program.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/ctl
load helpers/place

# pretend TEXT: serve the socket `fake` once, with TEXT as the answer to anything.
pretend() {
  rm -f fake
  printf '%b' "$1" >said
  timeout 10 nc -NlU "$PWD/fake" <said >heard 3>&- &
  pretender=$!
  wait_for 5 listens "$PWD/fake"
}

ask_pretender() { # ARGUMENT...
  run --separate-stderr timeout 20 "$BUILD/preforkctl" -s fake "$@" 3>&-
  wait "$pretender" || true
}

@test "status and workers, for people and as JSON with the contract's keys first and in order" {
  serve unix workers=3..9 spare=3 control=control requests_per_connection=unlimited
  hold kept
  ctl status
  expect 0 "preforkd [0-9.]+, process $master, running, up [0-9]"
  assert_match "$output" 'main +running +1 +[0-9] +3\.\.9 +0/511 +[0-9-]+ +1 '
  ctl status --json
  expect 0
  keys=$(grep -o '"main":{[^}]*' <<<"$output" | grep -o '"[a-z_0-9]*":' | tr -d '":' | tail -n +2 | head -n 16 | tr '\n' ' ')
  assert_equal "$keys" 'state busy idle workers min max accepted requests bytes_in bytes_out crashes timeouts max_reached queue queue_limit queue_peak '
  assert_match "$output" '"state":"running","busy":1,.*"min":3,"max":9,"accepted":1,'
  ctl workers
  assert_match "$output" 'main +[0-9] +[0-9]+ +1 +busy .* a unix client'
  ctl --json workers
  assert_match "$output" '^\{"pools":\{"main":\[\{"slot":0,"pid":[0-9]+,"generation":1,"state":"[a-z]+",'
  release kept
}

@test "a JSON parser reads the JSON" {
  command -v python3 >/dev/null || skip 'python3 is not here'
  serve unix workers=2 control=control
  for command in status workers; do
    ctl --json $command
    python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
  done
}

@test "why, top, ping, reopen and scale print what they should" {
  serve inet workers=2 control=control log=l.log
  ctl why
  expect 0 '^pool main: healthy: 0 of 2 busy, nothing queued$'
  ctl top
  expect 0 'main .*__'
  ctl ping
  expect 0 "^the master is process $master$"
  mv l.log old.log
  ctl reopen
  expect 0 '^reopened$'
  wait_for 5 test -e l.log
  ctl scale 4
  expect 0 '^4 workers$'
  ctl scale main 9
  expect 1 "preforkctl: pool main: '9' is too large \(1 to 8\)"
  ctl scale
  expect 64 'scale needs the number of workers'
  ctl scale main
  expect 64 '^preforkctl: scale main needs the number of workers: scale main N$'
  ctl scale main 3
  expect 0
  log_has 'asked by process [0-9]+ of user [0-9]+: scale main 3$' || grep -q 'scale main 3$' l.log
}

@test "why after a reload speaks of the workers in force, and of those that retire apart" {
  for mode in unix inet; do
    serve $mode workers=2 control=control requests_per_connection=unlimited
    hold one
    hold two
    ctl why
    expect 0 '^pool main: 2 of 2 workers busy'
    ctl reload
    hold three
    ctl why
    expect 0 $'^pool main: healthy: 1 of 2 busy, nothing queued\npool main: besides, 2 workers of earlier configurations finish their connections, the oldest has lasted [0-9.]+ m?s$'
    ctl status --json
    assert_match "$output" '"busy":1,"idle":1,"workers":4,.*"retiring":2,'
    # Nor are those busy that scale has asked to leave.
    hold four
    ctl scale 1
    ctl why
    expect 0 '^pool main: 1 of 1 workers busy'
    release one
    release two
    release three
    release four
    stop_master
  done
}

# A client has its answer before the worker counts the connection.
is_counted() {
  ctl status --json
  [[ $output == *'"busy":0,'* ]]
}

@test "metrics are in Prometheus' format, every one with its help and type, counters as counters" {
  serve unix workers=2 control=control
  ask
  wait_for 5 is_counted
  ctl metrics
  expect 0
  refute grep -Evq '^# (HELP|TYPE) preforkd_[a-z_]+ [^ ].*$|^preforkd_[a-z_]+\{master="master"(,pool="[^"]*")?(,(le|version)="[^"]*")?\} -?[0-9.e+-]+$' <<<"$output"
  awk '/^# TYPE/ { type[$3] = $4 } /^# HELP/ { help[$3]++ }
    /^[^#]/ { n = $1; sub(/\{.*/, "", n); m = n; sub(/_(bucket|sum|count)$/, "", m)
      if (type[m] == "histogram") n = m
      if (!type[n] || help[n] != 1 || (type[n] == "counter") != (n ~ /_total$/)) { print; exit 1 } }' <<<"$output"
  assert_match "$output" 'preforkd_connections_total\{master="master",pool="main"\} 1'
  assert_match "$output" 'preforkd_connection_duration_seconds_bucket\{master="master",pool="main",le="\+Inf"\} 1'
  assert_match "$output" 'preforkd_connection_duration_seconds_count\{master="master",pool="main"\} 1'
  refute grep -q 'pid=' <<<"$output"
  if command -v promtool >/dev/null; then
    promtool check metrics <<<"$output"
  fi
}

@test "stop waits and says how it went: 0, or 1 where connections were cut" {
  serve unix control=control
  ask
  ctl stop
  expect 0 '^stopped: 1 connections served, 0 cut, 0 refused$'
  await_master master 0
  restart_master -o mode=unix -o path=s -o control=control -o requests_per_connection=unlimited
  hold kept
  ctl stop --fast
  expect 1 'stopped: 0 connections served, 1 cut, 0 refused'
  await_master master 0
  end_call kept 1
}

@test "what a deadline cut was not served; only the stop's own cuts make stop exit 1" {
  for mode in unix inet; do
    serve $mode control=control workers=3 idle_timeout=100ms requests_per_connection=unlimited defer_accept=no
    begin_call "silent$mode" -n 3 connect eof
    end_call "silent$mode"
    ask
    wait_for 5 is_counted
    ctl stop
    expect 0 '^stopped: 1 connections served, 3 cut, 0 refused$'
    await_master master 0
    log_has 'stopped: pool main, 1 connections and 1 requests served, 3 cut, 0 refused'
    : >"$log"
  done
}

@test "a connection that lost its worker was not served" {
  for mode in unix inet; do
    serve $mode control=control workers=1 requests_per_connection=unlimited
    hold lost
    kill -KILL "$(worker)"
    end_call lost 1
    wait_for 5 log_has 'killed by SIGKILL, 0 connections served'
    ctl stop
    expect 0 '^stopped: 0 connections served, 1 cut, 0 refused$'
    await_master master 0
    : >"$log"
  done
}

@test "a reader that leaves, as head does, ends a client by SIGPIPE, without a message" {
  serve unix workers=300 control=control
  for command in workers status metrics 'workers --json' -h; do
    # shellcheck disable=SC2086 # words
    { "$BUILD/preforkctl" -s control $command 2>err 3>&- && echo 0 >code || echo $? >code; } | head -n 1 >first
    assert_match "$(<code)" '^(0|141)$'
    assert_equal "$(<err)" ''
  done
  # It had left before.
  run bash -c "exec 4> >(:); wait \$!; '$BUILD/preforkctl' -s control workers >&4"
  assert_equal "$status $output" '141 '
}

@test "no master: 69, or 77 where the socket cannot be opened; usage: 64" {
  ctl ping
  expect 69 'no master: there is no control socket control'
  : >control
  ctl ping
  expect 69 'no master|cannot reach'
  rm control
  for words in 'stauts' 'status now' 'status --fast' 'ping --json' '--timeout x ping' '' '--nothing' 'ping --host a' 'http --host a:80' \
    'http --host a --host b'; do
    # shellcheck disable=SC2086 # words
    ctl $words
    expect 64
  done
  ctl stauts
  expect 64 "unknown command 'stauts'; did you mean 'status'\?"
  run "$BUILD/preforkctl" -s control -c none.conf status
  assert_equal "$status" 64
  ((UID == 0)) || return 0
  make_place
  cp "$BUILD/preforkctl" "$place"
  serve unix control="$place/control"
  run setpriv --reuid 65534 --clear-groups "$place/preforkctl" -s "$place/control" ping
  assert_equal "$status" 77 "the exit status, with '$output',"
  assert_match "$output" 'not permitted to command the master'
}

@test "a master that is stopped, or a socket without an accept, is a timeout and no hang" {
  serve unix control=control
  kill -STOP "$master"
  for _ in 1 2; do
    since=$EPOCHREALTIME
    ctl --timeout 300ms status
    expect 69 'does not answer within 300ms: is it stopped\?'
    (($(elapsed_ms "$since") < 15000)) # `ctl` would end it after 20 s
  done
  kill -CONT "$master"
  ctl ping
  expect 0
}

@test "a server that is not preforkd, is cut short, or refuses: each has its own message" {
  pretend 'HTTP/1.1 400 Bad Request\r\n\r\n'
  ask_pretender status
  expect 69 'what answers at fake is not preforkd'
  pretend 'ok\npid 1\nversion 1\n'
  ask_pretender status
  expect 69 'is incomplete'
  pretend ''
  ask_pretender status
  expect 69 'the connection to fake was closed without a reply'
  pretend 'error 77 not you\n'
  ask_pretender status
  expect 77 '^preforkctl: not you$'
  pretend 'ok\nnonsense\nend\n'
  ask_pretender status
  expect 69 'cannot read the reply of the master'
}

@test "a reason with control bytes, or a byte of nothing, does no harm; too long a word is refused" {
  pretend 'ok\nfailed \033]0;x\007 bad\nend\n'
  ask_pretender reload
  expect 1 '\?\]0;x\? bad'
  refute grep -q $'[\033\007]' <<<"$output$stderr"
  pretend 'ok\npid 1\n\0000\nend\n'
  ask_pretender status
  expect 69
  ctl scale "$(printf 'x%.0s' {1..300})" 5
  expect 64 'too long'
}

@test "fields of a later version are ignored, unknown ones shown as -, control bytes as ?" {
  pretend 'ok\npid 1\nphase \033[2Jrunning\nmoon full\npool \033]0;x\007\nstate up\nbusy 1\nqueue -\ntides 3\nworker 1\nworker 0 12 1 flying 5 6 a \033b\nend\n'
  ask_pretender status
  expect 0
  assert_match "$output" '\?\[2Jrunning'
  refute grep -q $'[\033\007]' <<<"$output"
  pretend 'ok\npool p\nqueue -\nend\n'
  ask_pretender status --json
  expect 0 '"queue":null'
}
