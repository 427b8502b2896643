#!/usr/bin/env bats
# preforkctl: which master it commands: the socket of -s, the one that the file of -c names, or that of an installed
# master; and never one that runs another file.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/ctl

@test "-c finds the socket in the configuration, and says where it does not" {
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control'
  run "$BUILD/preforkctl" -c master.conf ping
  assert_equal "$output" "the master is process $master"
  printf 'mode = unix\npath = s\n' >none.conf
  run "$BUILD/preforkctl" ping -c none.conf
  assert_equal "$status $output" '78 preforkctl: none.conf does not set control: its master has no control socket'
  run "$BUILD/preforkctl" ping -c absent.conf
  assert_equal "$status" 78
}

@test "-c needs one key of the file: what else is wrong in it is a warning, and the master refuses a reload itself" {
  for mode in unix inet; do
    serve $mode control=control requests_per_connection=unlimited
    printf '%s\n' 'control = control' 'worker = 3' 'mode = unix' 'path = s' 'log = "x' >master.conf
    for command in status why ping workers metrics reopen 'scale 3'; do
      # shellcheck disable=SC2086 # words
      run --separate-stderr "$BUILD/preforkctl" -c master.conf $command
      expect 0 "warning: master.conf:2:1: unknown key 'worker'; did you mean 'workers'\?"
    done
    run --separate-stderr "$BUILD/preforkctl" -c master.conf reload
    expect 1 "preforkctl: master.conf:2:1: unknown key 'worker'"
    refute grep -q warning <<<"$stderr"
    log_has 'not reloaded: master.conf:2:1'
    run --separate-stderr "$BUILD/preforkctl" -c master.conf stop
    expect 0 'stopped: 0 connections'
    await_master master 0
  done
  echo 'contrl = x' >none.conf
  run --separate-stderr "$BUILD/preforkctl" -c none.conf status
  expect 78 "none.conf:1:1: unknown key 'contrl'; did you mean 'control'\?"
  assert_match "$stderr" 'none.conf does not set control'
}

@test "-o control names the socket of a master that was started with it" {
  serve unix control=other
  run --separate-stderr "$BUILD/preforkctl" -c master.conf -o workers=2 -o control=other ping
  expect 0 "the master is process $master"
  run --separate-stderr "$BUILD/preforkctl" -o control=other ping
  expect 64 '-o needs -c FILE'
}

@test "a master that runs another file is not commanded by -c, but by -s" {
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control'
  sed 's/^path = s/path = t/' master.conf >b.conf
  for command in stop reload status top; do
    run --separate-stderr "$BUILD/preforkctl" -c b.conf $command
    expect 78 "preforkctl: the master at $PWD/control runs $PWD/master.conf, not b.conf; to command it all the same, use -s $PWD/control"
  done
  refute log_has 'asked by'
  # The same file by another path, and a file that took its place.
  ln -s master.conf link.conf
  run --separate-stderr "$BUILD/preforkctl" -c link.conf ping
  expect 0
  mv b.conf master.conf
  run --separate-stderr "$BUILD/preforkctl" -c ./master.conf ping
  expect 0
  run --separate-stderr "$BUILD/preforkctl" -s control stop
  expect 0
  await_master master 0
}

@test "without -c and -s it is the master of an installed preforkd, and it says where it looked" {
  serve unix control=control
  installed=(unshare --mount sh -c 'mount -t tmpfs none /run && mkdir /run/preforkd && "$@"' sh)
  "${installed[@]}" true 2>/dev/null || skip 'no namespace can be made here'
  run --separate-stderr "${installed[@]}" "$BUILD/preforkctl" ping
  expect 69 'no control socket /run/preforkd/control;.*-c FILE or -s SOCKET names another'
  # shellcheck disable=SC2016 # they are sh's
  run --separate-stderr "${installed[@]}" sh -c 'ln -s "$0" /run/preforkd/control; "$@"' "$PWD/control" \
    "$BUILD/preforkctl" ping
  expect 0 "the master is process $master"
}
