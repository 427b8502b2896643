#!/usr/bin/env bats
# Upgrade: the binary at the master's path takes over without losing a client, or nothing changes.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load
load helpers/trace
load helpers/upgrade

@test "USR2 under load: no request fails, the counts continue, and the successor has pid_file, control and few descriptors" {
  for mode in unix inet; do
    serve $mode workers=3 control=control pid_file=pid
    first=$master
    begin_load 900
    for _ in 1 2 3; do
      kill -USR2 "$master"
      follow_upgrade
      assert_equal "$(<pid)" "$master" "pid_file"
      assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $master"
    done
    end_load
    wait_for 10 is_gone
    worker_count_is 3
    assert_equal "$(accepted)" "$(json_figure ok)" "accepted"
    wait_for 5 descriptors_are_as_before master
    stop_master
    log_has "stopped: pool main, $(json_figure ok) connections and $(json_figure ok) requests served, 0 cut, 0 refused"
    [[ ! -e s && ! -e control && ! -e pid ]]
  done
}

@test "upgrade says which process is in charge, and its generation is the next" {
  serve unix control=control
  upgrade
  follow_upgrade
  assert_equal "$output" "upgraded: process $master is in charge"
  run "$BUILD/preforkctl" -s control workers
  assert_match "$output" ' 2 +idle'
}

@test "the binary at the path is started, and a link that changes is followed" {
  ln -s "$BUILD/preforkd" link
  preforkd=$PWD/link
  serve unix control=control
  cp "$BUILD/preforkd" next
  ln -sfn "$PWD/next" link
  upgrade
  follow_upgrade
  assert_equal "$(readlink "/proc/$master/exe")" "$PWD/next"
}

@test "a binary that is missing, exits or crashes changes nothing, and the reason is reported" {
  local before
  for mode in unix inet; do
    start $mode control=control
    before=$(workers)
    rm preforkd
    upgrade 1
    assert_match "$output" "cannot execute $PWD/preforkd: No such file"
    assert_match "$output" 'not upgraded, nothing has changed'
    nothing_changed "$before"
    replace_binary 'exit 3'
    upgrade 1
    assert_match "$output" 'the successor ended with status 3'
    nothing_changed "$before"
    replace_binary 'kill -SEGV $$'
    expected='killed by SIGSEGV|by signal 11'
    upgrade 1
    assert_match "$output" 'the successor was killed by signal 11 \(Segmentation fault\)'
    nothing_changed "$before"
    log_has 'not upgraded: the successor was killed'
    restore_binary
    upgrade
    follow_upgrade
    assert_equal "$(ask)" 'char from server = B'
    stop_master
  done
}

@test "a configuration that is wrong by now changes nothing, and its errors are reported with their places" {
  serve unix control=control
  before=$(workers)
  echo 'worker = 3' >>master.conf
  upgrade 1
  assert_match "$output" "master.conf:4:1: unknown key 'worker'; did you mean 'workers'\?"
  nothing_changed "$before"
}

@test "an address that another process has changes nothing" {
  start_master -n other <<<$'mode = inet\nport = 0\nworkers = 1'
  taken=$port
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control'
  before=$(workers)
  printf '%s\n' 'mode = inet' "port = $taken" 'workers = 1' 'control = control' >master.conf
  upgrade 1
  assert_match "$output" 'Address (already )?in use'
  nothing_changed "$before"
}

@test "pools come and go with an upgrade: the queue of a pool that goes is drained" {
  start_master <<'END'
control = control
workers = 1
requests_per_connection = 9
[pool stays]
mode = inet
port = 0
[pool goes]
mode = unix
path = s
END
  use_master master stays
  stays=$endpoint
  use_master master goes
  hold busy
  begin_call queued connect say:in send:A half-close expect:B eof
  heard queued in
  printf '%s\n' 'control = control' '[pool stays]' 'mode = inet' 'port = 0' 'workers = 1' \
    '[pool new]' 'mode = unix' 'path = new' 'workers = 1' >master.conf
  upgrade
  first=$master
  follow_upgrade
  wait_for 5 test ! -e s
  release busy
  end_call queued
  wait_for 5 is_gone
  use_master master stays
  assert_equal "$endpoint" "$stays" "the port that the kernel chose"
  assert_equal "$(ask)" 'char from server = B'
  use_master master new
  assert_equal "$(ask)" 'char from server = B'
}

@test "pid_file and control can change with an upgrade" {
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control\npid_file = pid'
  sed -i 's/^control = .*/control = other/; s/^pid_file = .*/pid_file = new.pid/' master.conf
  first=$master
  upgrade
  follow_upgrade
  assert_equal "$(<new.pid)" "$master"
  [[ ! -e pid ]]
  assert_equal "$("$BUILD/preforkctl" -s other ping 3>&-)" "the master is process $master"
  wait_for 5 is_gone
  [[ ! -e control ]]
  sed -i '/^control/d; /^pid_file/d' master.conf
  first=$master
  kill -USR2 "$master"
  follow_upgrade
  wait_for 5 is_gone
  assert_equal "$(echo *.pid control other)" '*.pid control other'
  refute test -e other
}

@test "a replaced master is commanded through its control socket, where the successor has another" {
  leave_with_another_control
  assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $first"
  release one
  wait_for 5 is_gone
  [[ ! -e control && ! -e control.lock ]]
}

@test "a socket file that was deleted comes back with an upgrade" {
  serve unix control=control
  rm s control
  kill -USR2 "$master"
  follow_upgrade
  assert_equal "$(ask)" 'char from server = B'
  assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $master"
}

no_signal_waits() { # PID
  grep -q '^ShdPnd:.0*$' "/proc/$1/status"
}

@test "an active connection is finished by the old master, which a first TERM does not hurry and a second does" {
  serve unix control=control requests_per_connection=9
  first=$master
  hold one
  kill -USR2 "$master"
  follow_upgrade
  kill -TERM "$first"
  let_pass 0.2
  release one
  wait_for 5 is_gone
  hold two
  first=$master
  kill -USR2 "$master"
  follow_upgrade
  kill -TERM "$first"
  wait_for 5 no_signal_waits "$first"
  let_pass 0.25 # the same signal within 200 ms would be the same request
  kill -TERM "$first"
  wait_for 5 is_gone
  log_has 'stopping now \(asked for a second time\): 1 active connections'
  let_go two
  end_call two 1
}

@test "a new master is no child of the old one, which still drains: a service manager supervises its own children" {
  serve unix control=control requests_per_connection=9
  first=$master
  hold one
  upgrade
  follow_upgrade
  refute has_ended "$first"
  (let_pass 5 3>&- & echo $! >orphan)
  assert_equal "$(parent_of "$master")" "$(parent_of "$(<orphan)")" "the parent of the new master, and of any orphan"
  kill "$(<orphan)"
  release one
  wait_for 5 is_gone
}

@test "a stop of the new master waits for a connection of the old one, and a second signal ends both" {
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control\nrequests_per_connection = 9'
  first=$master
  hold one
  upgrade
  follow_upgrade
  kill -TERM "$master"
  wait_for 5 log_has "stopping: process $first still finishes its connections"
  let_pass 0.2
  refute has_ended "$master"
  release one
  await_master master 0
  wait_for 5 is_gone
  restart_master
  first=$master
  hold two
  upgrade
  follow_upgrade
  kill -TERM "$master"
  wait_for 5 log_has "stopping: process $first still"
  stop_master INT
  wait_for 5 is_gone
  log_has 'stopping now \(the successor has stopped\): 1 active connections'
  let_go two
  end_call two 1
}

@test "stop by a client that connected before the upgrade is refused: it would stop the old master alone" {
  serve unix control=control requests_per_connection=9
  first=$master
  hold one
  endpoint=unix:$PWD/control begin_call early connect say:in wait $'send:stop\n' read
  heard early in
  kill -USR2 "$first"
  follow_upgrade
  let_go early
  end_call early
  assert_match "$output" "error 1 process $master has taken over: stop that one"
  release one
  wait_for 5 is_gone
  assert_equal "$(ask)" 'char from server = B'
}

@test "stop_timeout cuts the connections still active after an upgrade" {
  serve inet stop_timeout=300ms requests_per_connection=9
  first=$master
  hold one
  kill -USR2 "$master"
  follow_upgrade
  wait_for 5 is_gone
  log_has 'stopping now \(stop_timeout is over\): 1 active connections'
  let_go one
  end_call one 1
}

@test "a message that cannot be read at first is read again: a call that fails is no end of the other master" {
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  for error in ENOMEM ECONNRESET; do
    start unix control=control pid_file=pid requests_per_connection=9
    first=$master
    hold one
    # The first two come from the launcher.
    trace "$first" -e trace=recvfrom -e "inject=recvfrom:error=$error:when=3"
    replace_binary "exec strace -D -qq -o successor.out -e trace=recvfrom -e inject=recvfrom:error=$error:when=1 '$BUILD/preforkd' \"\$@\""
    kill -USR2 "$first"
    follow_upgrade
    wait_for 5 log_has "preforkd\\[$first\\]: cannot read what process $master sends, trying again"
    wait_for 5 log_has "preforkd\\[$master\\]: cannot read what process $first sends, trying again"
    refute log_has 'which died|has ended as well'
    release one
    wait_for 10 is_gone
    assert_equal "$(ask)" 'char from server = B'
    assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $master"
    assert_equal "$(<pid)" "$master" pid_file
    wait_for 5 has_accepted 2 # what the predecessor has counted came as well
    stop_master
    : >"$log"
  done
}

@test "what a predecessor counted is whole, and nothing is missed, where it ended before the successor looked" {
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  command -v strace >/dev/null || skip 'no strace'
  start unix control=control
  first=$master
  ask
  ask
  replace_binary "exec strace -D -qq -o successor.out -e trace=recvfrom -e inject=recvfrom:delay_enter=400000:when=1 '$BUILD/preforkd' \"\$@\""
  kill -USR2 "$first"
  follow_upgrade
  wait_for 10 is_gone
  assert_equal "$(ask)" 'char from server = B'
  wait_for 5 has_accepted 3
  "$BUILD/preforkctl" -s control reload 3>&- # by then it has read all that the predecessor sent
  refute log_has 'cannot read what'
}

has_accepted() { # CONNECTIONS
  [[ $(accepted) == "$1" ]]
}
