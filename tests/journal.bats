#!/usr/bin/env bats
# The log as systemd's journal and as a syslogd want it.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common

# start_logged CONFIGURATION: a master whose standard error is the file err; sets $pid.
start_logged() {
  printf '%s\n' 'mode = unix' 'path = s' "$@" >logged.conf
  rm -f ready
  mkfifo ready
  "$bin/launch" -k 9 "$BUILD/preforkd" -c logged.conf --ready-fd 9 9>ready 2>>err 3>&- &
  pid=$!
  read -r -t 20 <ready
}

@test "in the journal lines begin with their level and nothing else: it knows the program and the time" {
  : >err
  export JOURNAL_STREAM
  JOURNAL_STREAM=$(stat -c %d:%i err)
  start_logged 'workers = 1' 'log_connections = yes'
  "$BUILD/preforkcall" unix:s >/dev/null 3>&-
  wait_for 5 grep -q '^<6>connection: pool main' err
  victim=$(workers "$pid")
  kill -KILL "$victim"
  wait_for 5 grep -q "^<4>worker $victim .* killed by SIGKILL" err
  echo 'worker = 1' >>logged.conf
  kill -HUP "$pid"
  wait_for 5 grep -q '^<3>not reloaded: .*unknown key' err
  kill "$pid"
  wait "$pid"
  grep -q '^<5>ready: pool main, 1 workers on unix:' err
  grep -q '^<5>stopped: pool main' err
  refute grep -Ev '^<[3-7]>' err
  # Also of a log in a file what goes to standard error, and JSON.
  : >err
  start_logged 'workers = 1' 'log_format = json' 'log = file'
  kill "$pid"
  wait "$pid"
  assert_match "$(<err)" '^<5>ready: pool main'
  : >err
  start_logged 'workers = 1' 'log_format = json'
  kill "$pid"
  wait "$pid"
  grep -q '^<5>{"time":"[^"]*","pid":[0-9]*,"level":"notice","message":"ready: ' err
  "$BUILD/preforkd" 2>>err || true
  grep -q '^<3>no configuration' err
  printf '%s\n' 'mode = unix' 'worker = 1' 'spares = 2' >wrong.conf
  : >err
  "$BUILD/preforkd" -c wrong.conf 2>>err || true
  grep -q "^<3>wrong.conf:2:1: unknown key 'worker'" err
  refute grep -v '^<3>wrong.conf:[0-9]' err
  # Where standard error is something else, lines are as without a journal.
  JOURNAL_STREAM=1:2
  : >err
  start_logged 'workers = 1'
  kill "$pid"
  wait "$pid"
  refute grep -v "^preforkd\[$pid\]: " err
}

# in_dev: run the next master where /dev/log leads to this directory. `local` is what syslog(3) calls standard.
in_dev() {
  unshare -m true 2>/dev/null || skip 'no namespace can be made here'
  # shellcheck disable=SC2016 # sh expands it
  runner=(unshare -m sh -c 'mount -t tmpfs none /mnt && cd /mnt && for n in null zero urandom; do
      >$n && mount --bind /dev/$n $n || exit
    done && ln -s "$1/log" log && mount --rbind /mnt /dev && cd "$1" && shift && exec "$@"' sh "$PWD")
}

receive() {
  "$bin/notify_recorder" "$PWD/log" >>received 3>&- &
  receiver=$!
  wait_for 5 test -S log
}

received() { # REGEX
  grep -Eqx -e "$1" received
}

@test "log = syslog sends each line to /dev/log as syslog(3) does, and finds a syslogd that was restarted" {
  local head='[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} preforkd'
  in_dev
  receive
  serve unix workers=1 log=syslog log_connections=yes control=control
  wait_for 5 received "<29>$head\[$master\]: ready: pool main, 1 workers on unix:$PWD/s, sandbox [a-z_A-Z ]+"
  ask
  wait_for 5 received "<30>$head\[$(worker)\]: connection: pool main, .*, answered"
  old=$(worker)
  kill -KILL "$old"
  wait_for 5 received "<28>$head\[$master\]: worker $old .* killed by SIGKILL.*"
  kill "$receiver"
  wait "$receiver" || true
  rm log
  "$BUILD/preforkctl" -s control ping 3>&- # no syslogd: nothing waits for it
  "$BUILD/preforkctl" -s control scale 2 3>&-
  receive
  "$BUILD/preforkctl" -s control scale 1 3>&-
  wait_for 5 received "<29>$head\[$master\]: asked by process [0-9]+ of user $EUID: scale .*1"
  kill -USR1 "$master"
  stop_master
  wait_for 5 received "<29>$head\[$master\]: stopped: pool main, 1 connections .*"
  kill "$receiver"
}

@test "log = syslog without a syslogd is refused, at the start and by a reload" {
  in_dev
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' 'log = syslog' >none.conf
  run timeout 20 "${runner[@]}" "$BUILD/preforkd" -c none.conf 3>&-
  [[ $status == 73 || $status == 69 ]] || fail "status $status"
  assert_match "$output" 'cannot open the log syslog: No such file or directory'
  serve unix workers=1
  cp none.conf master.conf
  kill -HUP "$master"
  wait_for 5 log_has 'not reloaded: .*cannot open the log syslog'
  assert_equal "$(ask)" 'char from server = B'
}
