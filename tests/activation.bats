#!/usr/bin/env bats
# Service managers: the sockets that they hand in, and the notifications that they get.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/port

# handed_in VARIABLES [REDIRECTION...]: start the next master with these in its environment, where `ours` stands
# for its process number, and with these descriptors.
handed_in() {
  runner=(sh -c "export LISTEN_PID=\$\$ $1; exec \"\$@\" ${*:2}" sh)
}

# A unix master that no service manager activates.
start_unix() {
  start_master <<<$'mode = unix\npath = s\nworkers = 2\ncontrol = control'
}

# start_activated ADDRESS OPTION...: let a service manager, which listens as OPTION... say, start a master with
# master.conf when the first client connects, to ADDRESS.
start_activated() {
  local address=$1
  shift
  command -v systemd-socket-activate >/dev/null || skip 'no systemd-socket-activate'
  names+=(master) log=$BATS_TEST_TMPDIR/master.log
  log_of[master]=$log
  "$bin/launch" systemd-socket-activate --setenv=ASAN_OPTIONS --setenv=UBSAN_OPTIONS "$@" \
    "$BUILD/preforkd" -c master.conf </dev/null >master.out 2>"$log" 3>&- &
  leader_of[master]=$!
  wait_for 10 is_answered "$address"
  wait_for 5 log_has ': ready: pool' # a worker may answer before its master knows that it accepts
  use_master master
  master_of[master]=$master
  descriptors_of[master]=$(count_descriptors "$master")
}

is_answered() { # ADDRESS
  "$BUILD/preforkcall" "$1" >first 2>/dev/null 3>&-
}

record() {
  "$bin/notify_recorder" "$1" >notified 3>&- &
  recorder=$!
  wait_for 5 test -S "$1"
  export NOTIFY_SOCKET=$1
}

notified() { # REGEX
  grep -Eqx -e "$1" notified
}

@test "systemd-socket-activate starts it: the pools get their sockets by name or by address" {
  free=$(free_port)
  cat >master.conf <<END
workers = 2
control = control
[pool web]
mode = inet
port = 0
[pool local]
mode = unix
path = handed
END
  start_activated "inet:127.0.0.1:$free" -l "127.0.0.1:$free" -l "$PWD/handed" --fdname=web:whatever
  log_has "ready: pool web, 2 workers on inet:127.0.0.1:$free(,|\$)"
  log_has "ready: pool local, 2 workers on unix:$PWD/handed(,|\$)"
  assert_equal "$(<first)" 'char from server = B'
  inode=$(stat -c %i handed)
  use_master master local
  assert_equal "$(ask)" 'char from server = B'
  # A reload and an upgrade keep them, as others.
  "$BUILD/preforkctl" -s control reload 3>&-
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  assert_equal "$(ask)" 'char from server = B'
  # They are the manager's: the file stays, and there is no lock beside it.
  stop_master
  assert_equal "$(stat -c %i handed)" "$inode"
  [[ ! -e handed.lock ]]
}

@test "the socket of a pool named control is not the control socket" {
  printf '%s\n' 'mode = unix' 'workers = 1' 'control = master.control' '[pool control]' 'path = p' >master.conf
  start_activated "unix:$PWD/p" --fdname=control -l "$PWD/p"
  assert_equal "$("$BUILD/preforkctl" -s master.control ping 3>&-)" "the master is process $master"
  for _ in 1 2 3 4 5; do
    assert_equal "$("$BUILD/preforkcall" "unix:$PWD/p" 3>&-)" 'char from server = B'
  done
}

@test "connections queued at a handed-in socket stay there for its next process" {
  printf '%s\n' 'mode = unix' "path = $PWD/s" 'workers = 1' 'requests_per_connection = 9' >master.conf
  start_activated "unix:$PWD/s" -l "$PWD/s"
  hold one
  begin_call two connect say:in send:A half-close expect:B eof
  heard two in
  kill -TERM "$master"
  wait_for 5 log_has 'stopping: waiting for 1'
  release one
  await_master master 0
  log_has 'stopped: pool main, [0-9]+ connections and [0-9]+ requests served, 0 cut, 0 refused'
  end_call two 1 # no process has it next
}

@test "descriptors of no use are named in the log and ignored, and the pool opens its own" {
  handed_in LISTEN_FDS=1 '3</dev/null'
  start_unix
  log_has "handed in as '': cannot use descriptor 3: (Socket operation on non-socket|Not a socket): ignored"
  assert_equal "$(ask)" 'char from server = B'
  stop_master
  handed_in 'LISTEN_FDS=999999 LISTEN_FDNAMES=a:b' '3</dev/null'
  restart_master
  log_has "handed in as 'a': cannot use descriptor 3"
  log_has 'LISTEN_FDS is 999999, and descriptor 4 is not open: what follows is ignored'
  assert_equal "$(ask)" 'char from server = B'
  stop_master
  start_master -n other <<<$'mode = inet\nport = 0\ntype = datagram\nworkers = 1'
  handed_in 'LISTEN_FDS=1 LISTEN_FDNAMES=main' "3<>/dev/udp/127.0.0.1/$port"
  runner=(bash "${runner[@]:1}")
  restart_master
  log_has "handed in as 'main': no pool has inet:127.0.0.1:[0-9]+, nor that name with its mode and type: closed"
  assert_equal "$(ask)" 'char from server = B'
  stop_master
  start_master -n other <<<$'mode = inet\nport = 0\nworkers = 1'
  handed_in 'LISTEN_FDS=1 LISTEN_FDNAMES=main' "3<>/dev/tcp/127.0.0.1/$port"
  runner=(bash "${runner[@]:1}")
  restart_master
  log_has "handed in as 'main': descriptor 3 does not listen: ignored"
  assert_equal "$(ask)" 'char from server = B'
}

@test "a descriptor that is both --ready-fd's and a socket of LISTEN_FDS is refused" {
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' >master.conf
  for ready in 3 4; do
    run timeout 10 sh -c "export LISTEN_PID=\$\$ LISTEN_FDS=2; exec \"\$@\" 3<&0 4<&0" sh \
      "$BUILD/preforkd" -c master.conf --ready-fd $ready </dev/null 3>&-
    assert_equal "$status" 64 "the exit status, with '$output',"
    assert_match "$output" "--ready-fd $ready is one of the 2 sockets from 3 on that LISTEN_FDS names"
    [[ ! -e s ]]
  done
}

@test "variables for another process, or without sense, are ignored with a log line" {
  LISTEN_PID=1 LISTEN_FDS=1 start_unix
  log_has "LISTEN_FDS is for process '1', not for this one: ignored"
  stop_master
  LISTEN_FDS=1 restart_master
  log_has "LISTEN_FDS is for process '', not for this one: ignored"
  stop_master
  for count in 0 -1 many 99999999999999999999; do
    handed_in LISTEN_FDS=$count
    restart_master
    log_has "LISTEN_FDS '$count' .*: ignored"
    stop_master
  done
  runner=()
  NOTIFY_SOCKET=vsock:2:3 restart_master
  log_has "NOTIFY_SOCKET 'vsock:2:3' is neither a path nor an abstract name: ignored"
  assert_equal "$(ask)" 'char from server = B'
}

@test "the service manager is notified of the start, reloads, an upgrade and the stop, in that order" {
  record "$PWD/notify"
  start_unix
  wait_for 5 notified "READY=1\|MAINPID=$master\|STATUS=2 workers in 1 pool accept"
  "$BUILD/preforkctl" -s control reload 3>&-
  echo 'worker = 1' >>master.conf
  refute "$BUILD/preforkctl" -s control reload 3>&-
  sed -i '$d' master.conf
  first=$master
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  wait_for 5 notified "READY=1\|MAINPID=$master\|.*"
  stop_master
  wait_for 5 notified 'STOPPING=1\|STATUS=stopping\|EXTEND_TIMEOUT_USEC=30000000'
  assert_equal "$(sed -E 's/STATUS=.*|MONOTONIC_USEC=[0-9]+\|//' notified)" "READY=1|MAINPID=$first|
RELOADING=1|STATUS=reloading
READY=1|MAINPID=$first|
RELOADING=1|STATUS=reloading
READY=1|MAINPID=$first|
MAINPID=$master
READY=1|MAINPID=$master|
STOPPING=1|"
}

@test "RELOADING has the time of the monotonic clock in microseconds" {
  record "$PWD/notify"
  start_unix
  read -r before _ </proc/uptime
  before=${before/./}0000
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 notified 'RELOADING=1.*'
  now=$(sed -n 's/.*MONOTONIC_USEC=\([0-9]*\).*/\1/p' notified)
  ((now > before - 20000 && now < before + 5000000)) || fail "$now is not the time, $before"
}

@test "READY is sent after the last worker's first wait for clients" {
  command -v strace >/dev/null || skip 'no strace'
  record "$PWD/notify"
  runner=(strace -f -o trace -e 'trace=sendto,epoll_ctl')
  descriptors_may_change=1
  sanitizers_leave detect_leaks=0
  start_unix
  wait_for 5 notified 'READY=1.*'
  stop_master
  ready=$(grep -n 'READY=1' trace | head -n 1 | cut -d: -f1)
  last=$(grep -n 'EPOLLEXCLUSIVE' trace | tail -n 1 | cut -d: -f1)
  assert_equal "$(grep -c EPOLLEXCLUSIVE trace)" 2
  ((last < ready)) || fail "READY in line $ready, a worker in line $last"
}

@test "without a notify socket, or one that is not read, nothing waits" {
  NOTIFY_SOCKET=$PWD/nobody WATCHDOG_USEC=20000 start_unix
  wait_for 5 log_has "cannot send the service manager 'READY=1"
  let_pass 0.2
  assert_equal "$(grep -c 'cannot send the service manager' "$log")" 1 'lines for failures in a row'
  assert_equal "$(ask)" 'char from server = B'
}

# pulses N: the watchdog was notified so often.
pulses() {
  (($(grep -cx WATCHDOG=1 notified) >= $1))
}

# recorder_waits: the stopped master's messages have been read: the recorder waits for the next.
recorder_waits() {
  grep -q '^State:.T' "/proc/$master/status" && grep -q '^State:.S' "/proc/$recorder/status"
}

@test "the watchdog is notified while the master's loop turns, and only then" {
  record "$PWD/notify"
  WATCHDOG_USEC=200000 start_unix
  local began=$EPOCHREALTIME
  wait_for 5 pulses 5
  count=$(grep -cx WATCHDOG=1 notified) passed=$(elapsed_ms "$began")
  ((count <= passed / 100 + 2)) || fail "notified $count times in $passed ms, not every 100 ms"
  assert_match "$(head -n 1 notified)" '^READY=1'
  kill -STOP "$master"
  wait_for 5 recorder_waits
  count=$(grep -cx WATCHDOG=1 notified)
  let_pass 0.4
  assert_equal "$(grep -cx WATCHDOG=1 notified)" "$count"
  kill -CONT "$master"
  stop_master
}

@test "WATCHDOG_PID names the process that is watched: for another one the master sends no notification" {
  record "$PWD/notify"
  WATCHDOG_USEC=20000 WATCHDOG_PID=1 start_unix
  let_pass 0.2
  wait_for 5 notified 'READY=1.*'
  stop_master
  wait_for 5 notified 'STOPPING=1.*'
  refute notified WATCHDOG=1
}
