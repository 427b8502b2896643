#!/usr/bin/env bats
# What a configuration claims besides the addresses of its pools: the log, the control socket, the pid file. They
# are opened by a start, a reload and an upgrade in the same way, or refuse it.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common

# configure LINE...: the configuration from now on, with a pool of one worker.
configure() {
  printf '%s\n' "$@" 'mode = unix' 'path = s' 'workers = 1' >master.conf
}

# start LINE...: the same for a master's start.
start() {
  configure "$@"
  restart_master
}

# ctl STATUS COMMAND...: preforkctl at the socket $control (control); $output is what it says.
ctl() {
  local expected_status=$1
  shift
  run timeout 40 "$BUILD/preforkctl" -s "${control-control}" "$@" 3>&-
  assert_equal "$status" "$expected_status" "the exit status of $*, with '$output',"
}

# What is in the working directory and has not been made by the test itself, in one line.
left() {
  find . -name 's' -o -name '*control*' -o -name '*.lock' -o -name '*pid*' | sort | tr '\n' ' '
}

# standard_error: the file that the master has open there.
standard_error() {
  readlink "/proc/$master/fd/2"
}

# refuses_everywhere STATUS REGEX LINE...: with these lines a reload and an upgrade of a master without them are refused,
# and a start exits with STATUS, each with a message that matches; nothing has changed.
refuses_everywhere() {
  local expected_status=$1 message=$2 first='control = control'
  shift 2
  start "$first" 'pid_file = pid'
  [[ $1 != control* ]] || first='log_level = notice'
  configure "$first" "$@"
  ctl 1 reload
  assert_match "$output" "$message"
  ctl 1 upgrade
  assert_match "$output" "$message"
  assert_equal "$(<pid)" "$master" 'the pid file'
  assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $master"
  [[ ! -e pid.new ]]
  printf '%s\n' "$@" 'mode = unix' 'path = other' >other.conf
  [[ ${*: -1} != 'pid_file = s' ]] || sed -i 's/= other/= s/' other.conf
  refuse_master "$expected_status" <other.conf
  assert_match "$output" "${message//master.conf:2/refused.conf:1}"
  if ((expected_status == 78)); then
    run "$BUILD/preforkd" -t -c other.conf 3>&-
    assert_equal "$status" 78 'the exit status of -t'
    assert_match "$output" "${message//master.conf:2/other.conf:1}"
  fi
}

@test "a user or group that does not exist refuses start, reload and upgrade, with its place" {
  refuses_everywhere 78 "master.conf:2:16: socket_owner 'no-such-user': no such user" 'socket_owner = no-such-user'
  stop_master
  refuses_everywhere 78 "master.conf:2:16: socket_group 'no-such-group': no such group" 'socket_group = no-such-group'
}

@test "a group that the socket may not be given refuses start, reload and upgrade" {
  command -v setpriv >/dev/null || skip 'no setpriv'
  [[ $EUID == 0 ]] || skip 'root alone can lose the right'
  runner=(setpriv --bounding-set=-chown)
  "${runner[@]}" true || skip 'capabilities cannot be dropped here'
  refuses_everywhere 77 "pool 'main'.*: cannot set the owner of $PWD/[a-z]*: Operation not permitted" 'socket_group = daemon'
}

@test "a service without datagrams, and addresses that overlap, refuse start, reload, upgrade and -t" {
  refuses_everywhere 78 "master.conf:2:11: service 'chargen' has no datagrams" 'service = chargen' 'type = datagram'
  stop_master
  refuses_everywhere 78 "pool 'b': inet:127.0.0.1:1 and pool 'a': inet:\\*:1 cannot both be bound" '[pool a]' 'mode = inet' \
    'address = *' 'port = 1' '[pool b]' 'mode = inet' 'port = 1' '[pool main]'
  stop_master
  refuses_everywhere 78 "master.conf:2:12: pid_file '$PWD/s' is the path of pool 'main' as well" 'pid_file = s'
}

@test "a log that cannot be opened refuses start, reload and upgrade, with its place" {
  refuses_everywhere 73 "master.conf:2:7: cannot open the log $PWD/absent/log: No such file or directory" 'log = absent/log'
  refute log_has ' reloaded: generation'
}

@test "whatever becomes of the log, descriptor 2 of the master stays what it was" {
  start 'control = control'
  before=$(standard_error)
  configure 'control = control' 'log = absent/log'
  kill -HUP "$master"
  wait_for 10 log_has 'not reloaded: master.conf:2:7: cannot open the log'
  mkdir absent
  ctl 0 reload
  rm -r absent
  ctl 1 reopen
  assert_match "$output" "cannot reopen the log $PWD/absent/log: No such file or directory"
  kill -USR1 "$master"
  ctl 1 reload
  for log_line in 'log = stdout' 'log = none' 'log = stderr'; do
    configure 'control = control' "$log_line"
    ctl 0 reload
    ctl 0 reopen
    assert_equal "$(standard_error)" "$before" "descriptor 2 with $log_line"
  done
  ctl 0 ping
  (($(grep -c 'reloaded: generation' "$log") == 1)) # while stderr was the log
}

@test "log = stdout is standard output, log = none is no log, and the ready line is on standard error all the same" {
  start 'log = stdout'
  stop_master
  grep -q '^preforkd\[[0-9]*\]: stopped: pool main' master.out
  log_has ': ready: pool main'
  refute log_has stopped:
  start 'log = none'
  stop_master
  log_has ': ready: pool main'
  refute log_has stopped:
  refute test -s master.out
  [[ ! -e none && ! -e stdout ]]
}

@test "a reload opens the log again" {
  start 'control = control' 'log = log'
  mv log old
  ctl 0 reload
  grep -q 'reloaded: generation 2' log
  refute grep -q 'reloaded: generation 2' old
}

@test "a pid file that cannot be written refuses start, reload and upgrade, and the old one stays" {
  refuses_everywhere 73 "master.conf:2:12: cannot create the pid_file $PWD/absent/pid: No such file or directory" \
    'pid_file = absent/pid'
}

@test "a control socket that cannot be made refuses start, reload and upgrade, with its place" {
  refuses_everywhere 73 "master.conf:2:11: cannot create the lock file $PWD/absent/c.lock: No such file or directory" \
    'control = absent/c'
}

@test "control and pid_file move with a reload: the new ones are there, the old ones gone" {
  start 'control = control' 'pid_file = pid'
  configure 'control = control2' 'pid_file = pid2'
  ctl 0 reload
  control=control2 ctl 0 ping
  assert_equal "$output" "the master is process $master"
  assert_equal "$(<pid2)" "$master"
  assert_equal "$(left)" './control2 ./control2.lock ./pid2 ./s ./s.lock '
  assert_equal "$(stat -c %a control2)" 600
  configure
  control=control2 ctl 0 reload
  assert_equal "$(left)" './s ./s.lock '
  configure 'control = control' 'pid_file = pid'
  kill -HUP "$master"
  wait_for 10 log_has 'reloaded: generation 4'
  ctl 0 ping
  assert_equal "$(<pid)" "$master"
  # An upgrade hands on what the reload has claimed.
  ctl 0 upgrade
  follow_upgrade
  ctl 0 ping
  assert_equal "$output" "the master is process $master"
  assert_equal "$(<pid)" "$master"
  stop_master
  assert_equal "$(left)" ''
}

@test "a control socket and a pid file that were removed are there again after a reload" {
  start 'control = control' 'pid_file = pid'
  rm control pid
  kill -HUP "$master"
  wait_for 10 log_has 'reloaded: generation 2'
  ctl 0 ping
  assert_equal "$(<pid)" "$master"
  printf '%s\n' 'control = control' 'mode = unix' 'path = other' >other.conf
  refuse_master 69 <other.conf
  assert_match "$output" "control is in use: another preforkd holds $PWD/control.lock"
  stop_master
  assert_equal "$(left)" ''
}

@test "a client that waits at a control socket which moves is answered" {
  start 'control = control'
  kill -STOP "$master"
  for n in 1 2 3; do
    "$BUILD/preforkctl" -s control ping >"ping.$n" 2>&1 3>&- &
    pings[n]=$!
  done
  wait_for 5 all_wait
  configure 'control = control2'
  kill -HUP "$master"
  kill -CONT "$master"
  for n in 1 2 3; do
    wait "${pings[n]}"
    assert_equal "$(<"ping.$n")" "the master is process $master"
  done
  wait_for 5 test ! -e control
}

# Whether three clients are queued at the control socket.
all_wait() {
  (($(grep -c "$PWD/control\$" /proc/net/unix) == 4))
}

@test "a reload whose workers fail leaves the control socket and the pid file where they were" {
  start 'control = control' 'pid_file = pid'
  configure 'control = control2' 'pid_file = pid2' 'limit = x'
  ctl 1 reload
  configure 'control = control2' 'pid_file = pid2' 'log = log' '[pool a]' 'mode = unix' 'path = absent/s' '[pool main]'
  ctl 1 reload
  assert_match "$output" 'absent/s'
  ctl 0 ping
  assert_equal "$(<pid)" "$master"
  assert_equal "$(left)" './control ./control.lock ./pid ./s ./s.lock '
}

@test "the exit status of a control socket is a pool's: 69 in use, 77 no permission, 73 no socket" {
  start 'control = control'
  printf '%s\n' 'control = control' 'mode = unix' 'path = other' >other.conf
  refuse_master 69 <other.conf
  assert_match "$output" "refused.conf:1:11: $PWD/control is in use: another preforkd holds $PWD/control.lock"
  : >file
  sed -i 's/^control = .*/control = file/' other.conf
  refuse_master 73 <other.conf
  assert_match "$output" "refused.conf:1:11: $PWD/file exists and is not a socket"
  command -v setpriv >/dev/null || skip 'no setpriv'
  [[ $EUID == 0 ]] || skip 'root alone can become another user'
  cp "$BUILD/preforkd" preforkd
  chmod 711 .
  mkdir -m 755 closed
  printf '%s\n' 'control = closed/c' 'mode = unix' "path = @$$" >other.conf
  run setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all ./preforkd -c other.conf 3>&-
  if [[ $status == 12[67] || $output == *setpriv* ]]; then skip 'nobody cannot come here'; fi
  assert_equal "$status" 77 "the exit status, with '$output',"
  assert_match "$output" "other.conf:1:[0-9]+: cannot create the lock file $PWD/closed/c.lock: Permission denied"
}

@test "a start waits a moment for the control socket of a master that is just leaving" {
  start 'control = control'
  kill -STOP "$master"
  kill -TERM "$master"
  printf '%s\n' 'control = control' 'mode = unix' 'path = other' 'workers = 1' >next.conf
  continue_later "$master" 3>&- &
  restart_master -n next
  await_master master 0
  assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process ${master_of[next]}"
}

continue_later() { # PID
  let_pass 0.3
  kill -CONT "$1"
}

@test "control = @name is an abstract socket: no file, no lock, and it moves, is handed on and is refused twice" {
  start "control = @claims-$$"
  control=@claims-$$
  ctl 0 ping
  assert_equal "$(left)" './s ./s.lock '
  printf '%s\n' "control = @claims-$$" 'mode = unix' 'path = other' >other.conf
  refuse_master 69 <other.conf
  assert_match "$output" "refused.conf:1:11: cannot bind unix:@claims-$$: Address( already)? in use"
  ctl 0 upgrade
  follow_upgrade
  ctl 0 ping
  assert_equal "$output" "the master is process $master"
  configure "control = @moved-$$"
  ctl 0 reload
  ctl 69 ping
  control=@moved-$$ ctl 0 ping
}

@test "a relative path after the working directory was deleted: a reload and an upgrade say so, and nothing changes" {
  mkdir sub
  printf '%s\n' "control = $PWD/control" 'pid_file = pid' 'mode = unix' "path = $PWD/s" 'workers = 1' >master.conf
  runner=(sh -c "cd sub && exec \"\$@\" -c '$PWD/master.conf'" sh)
  restart_master
  rm -r sub
  reason="master.conf:2:12: pid_file 'pid' is relative, and the working directory $PWD/sub \\(deleted\\) cannot be found: "
  ctl 1 reload
  assert_match "$output" "$reason"
  ctl 1 upgrade
  assert_match "$output" "$reason"
  ctl 0 ping
  assert_equal "$output" "the master is process $master"
}

@test "a word or an address in place of a path is refused by start, reload and upgrade, and makes no file" {
  refuses_everywhere 78 "master.conf:2:7: log 'off' is not a path; did you mean 'none'\\?" 'log = off'
  stop_master
  refuses_everywhere 78 "master.conf:2:12: pid_file '~/pid' is not expanded" 'pid_file = ~/pid'
  [[ ! -e off && ! -e '~' ]]
}
