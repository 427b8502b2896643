#!/usr/bin/env bats
# Masters that an upgrade has replaced and that still finish connections: their counts, stops and logs.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034,SC2016 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/upgrade

@test "what a generation that was retiring at the upgrade has counted passes to the successor once" {
  start unix control=control requests_per_connection=9
  ask
  hold one
  "$BUILD/preforkctl" -s control reload 3>&-
  ask
  first=$master
  upgrade
  follow_upgrade
  release one
  wait_for 5 is_gone
  wait_for 5 counted 3
  let_pass 0.1
  counted 3
}

counted() { # CONNECTIONS
  [[ $(accepted) == "$1" ]]
}

@test "a replaced master waits no longer than stop_timeout for the last counts of its own predecessor" {
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control\nstop_timeout = none\nrequests_per_connection = 9'
  hold one
  oldest=$master
  upgrade
  follow_upgrade
  first=$master
  sed -i 's/^stop_timeout.*/stop_timeout = 300ms/' master.conf # holds for the one that is replaced now
  upgrade
  follow_upgrade
  wait_for 5 is_gone
  refute has_ended "$oldest"
  release one
  wait_for 5 has_ended "$oldest"
}

@test "a second stop of the newest master ends every predecessor that still has a connection" {
  for mode in unix inet; do
    serve $mode control=control workers=1 requests_per_connection=9
    oldest=$master
    hold one
    upgrade
    follow_upgrade
    hold two
    first=$master
    upgrade
    follow_upgrade
    kill -TERM "$master"
    wait_for 5 log_has "^preforkd\\[$master\\]: stopping: process $first still finishes"
    let_pass 0.25 # the same signal within 200 ms would be the same request
    kill -TERM "$master"
    await_master master 0
    wait_for 5 is_gone
    wait_for 5 has_ended "$oldest"
    for pid in "$first" "$oldest"; do
      log_has "^preforkd\\[$pid\\]: stopping now \\(the successor has stopped\\): 1 active connections"
    done
    for client in one two; do
      let_go $client
      end_call $client 1
    done
    wait_for 5 session_is_over "${leader_of[master]}"
    : >"$log"
  done
}

@test "a replaced master whose successor has died can be stopped through a control socket of its own" {
  leave_with_another_control
  run timeout 20 "$BUILD/preforkctl" -s control stop --fast 3>&-
  assert_match "$output" "process $master has taken over"
  master_of[master]=''
  kill -KILL "$master"
  wait_for 5 log_has 'the successor has ended as well'
  master_of[master]=$first
  run timeout 20 "$BUILD/preforkctl" -s control stop --fast 3>&-
  assert_equal "$output" 'stopped: 0 connections served, 1 cut, 0 refused'
  let_go one
  end_call one 1
  await_master master 0
}

@test "USR1 and reopen reach every predecessor that still has a connection: none writes to the rotated file" {
  for mode in unix inet; do
    serve $mode control=control requests_per_connection=9 log=l.log
    oldest=$master
    hold one
    upgrade
    follow_charge
    hold two
    first=$master
    upgrade
    follow_charge
    mv l.log rotated.log
    kill -USR1 "$master"
    wait_for 5 is_open "$oldest" l.log
    wait_for 5 is_open "$first" l.log
    mv l.log again.log
    "$BUILD/preforkctl" -s control reopen 3>&-
    wait_for 5 is_open "$oldest" l.log
    wait_for 5 is_open "$first" l.log
    release one
    release two
    wait_for 5 has_ended "$oldest"
    wait_for 5 is_gone
    grep -q "preforkd\[$oldest\]: stopped: pool main, 1 connections" l.log
    refute grep -q 'stopped:' rotated.log again.log
    stop_master
    rm l.log rotated.log again.log
  done
}

# As follow_upgrade, by what preforkctl said: the log is a file.
follow_charge() {
  master=${output//[!0-9]/}
  master_of[master]=$master
  successors+=("$master")
}

# is_open PID FILE: whether the process has the file open, for its log.
is_open() {
  [[ -e $2 && $(find "/proc/$1/fd" -lname "$PWD/$2") ]]
}
