#!/usr/bin/env bats
# The lock files beside unix sockets: one master serves a path, and nothing stays behind.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/binary

start() {
  start_master <<<"$(printf '%s\n' "$@")"
}

# What is in the working directory and has not been made by the test itself, in one line.
left() {
  find . -name 's*' -o -name '*control*' -o -name '*.lock' -o -name pid | sort | tr '\n' ' '
}

# Another master is refused the path that $master serves.
is_refused() {
  refuse_master 69 <<<$'mode = unix\nworkers = 1\npath = s'
  assert_match "$output" "s is in use: another preforkd holds $PWD/s.lock"
}

ctl() { # STATUS COMMAND...
  local expected_status=$1
  shift
  run timeout 40 "$BUILD/preforkctl" -s control "$@" 3>&-
  assert_equal "$status" "$expected_status" "the exit status of $*, with '$output',"
}

@test "a lock file has mode 0600, and a stop leaves nothing in the working directory" {
  (umask 0 && serve unix control=control pid_file=pid && stat -c %a s.lock control.lock >modes && stop_master)
  assert_equal "$(<modes)" $'600\n600'
  assert_equal "$(left)" ''
}

@test "a master that cannot start leaves no lock file" {
  : >s
  refuse_master 73 <<<$'mode = unix\npath = s'
  rm s
  refuse_master 73 <<<$'mode = unix\n[pool a]\npath = s\n[pool b]\npath = absent/s'
  assert_equal "$(left)" ''
}

@test "the lock file of a master that was killed is locked again by the next, whose stop removes it" {
  serve unix control=control
  kill_master
  assert_equal "$(left)" './control ./control.lock ./s ./s.lock '
  serve unix control=control
  is_refused
  stop_master
  assert_equal "$(left)" ''
}

@test "a lock file in place of ours is not removed at the stop: another holds it, or another program made it" {
  serve unix
  mv s.lock other
  : >s.lock
  exec {held}<s.lock
  flock "$held"
  stop_master
  [[ -e s.lock ]]
  exec {held}<&-
  serve unix
  rm s.lock
  echo precious >s.lock
  stop_master
  assert_equal "$(<s.lock)" precious
}

# Both masters have the lock file open.
both_have_it() {
  (($(find /proc/[0-9]*/fd -lname "$PWD/s.lock" 2>/dev/null | wc -l) == 2))
}

# next_master FIRST: print the other process that has it open.
next_master() {
  local fd
  fd=$(find /proc/[0-9]*/fd -lname "$PWD/s.lock" -not -path "/proc/$1/*" 2>/dev/null)
  fd=${fd#/proc/}
  echo "${fd%%/*}"
}

# End the master FIRST, while the next one has been stopped as it had opened the lock file.
stop_first() {
  local next
  wait_for 15 both_have_it
  next=$(next_master "$1")
  kill -TERM "$1"
  wait_for 15 has_ended "$1"
  kill -CONT "$next"
}

@test "a master that locks a file which was removed meanwhile locks the path anew" {
  strace -o /dev/null true || skip 'strace may not trace here'
  sanitizers_leave detect_leaks=0
  serve unix
  stop_first "$master" 3>&- &
  runner=(strace -o trace -P "$PWD/s.lock" -e 'trace=openat,flock' -e 'inject=openat:signal=STOP:when=1')
  cp master.conf next.conf
  restart_master -n next
  await_master master 0
  # It opened the file, obtained the lock in vain, opened it again.
  assert_equal "$(grep -cE 'openat.*s\.lock.* = [0-9]+$' trace)" 2
  assert_match "$(grep -m 1 flock trace)" '= 0'
  answer=$("$BUILD/preforkcall" unix:s)
  assert_equal "$answer" 'char from server = B'
  runner=()
  is_refused
  stop_master -n next
  assert_equal "$(left)" ''
}

@test "masters that stop and start on one path all the time: never do two serve it, and nothing is left" {
  local round n served=0
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' >x.conf
  for round in {1..4}; do
    pids=()
    for n in {0..5}; do
      "$bin/launch" "$BUILD/preforkd" -c x.conf 2>"log.$n" 3>&- &
      pids[n]=$!
    done
    wait_for 10 one_is_left "${pids[@]}"
    kill -TERM "${left[0]}"
    for n in "${pids[@]}"; do
      status=0
      wait "$n" || status=$?
      ((status == 0 || status == 69)) || fail "exit status $status"
    done
    assert_equal "$(cat log.* | grep -c ': ready: ')" "$(cat log.* | grep -c ': stopped: ')" 'started and stopped'
    served=$((served + $(cat log.* | grep -c ': ready: ')))
  done
  ((served >= 4))
  [[ ! -e s && ! -e s.lock ]]
}

@test "a reload to another path removes the lock file of the first, and one back locks it again" {
  start 'mode = unix' 'path = s' 'workers = 1' 'control = control'
  printf '%s\n' 'mode = unix' 'path = s2' 'workers = 1' 'control = control' >master.conf
  ctl 0 reload
  wait_for 5 has_left s
  assert_equal "$(left)" './control ./control.lock ./s2 ./s2.lock '
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' 'control = control' >master.conf
  ctl 0 reload
  wait_for 5 has_left s2
  is_refused
  stop_master
  assert_equal "$(left)" ''
}

has_left() { # PATH
  [[ ! -e $1 && ! -e $1.lock ]]
}

@test "a reload that fails removes the lock file of the path that it tried, and keeps its own" {
  start 'mode = unix' 'path = s' 'workers = 1' 'control = control'
  echo precious >file
  printf '%s\n' 'mode = unix' 'control = control' '[pool a]' 'path = s2' '[pool b]' 'path = file' >master.conf
  ctl 1 reload
  assert_equal "$(left)" './control ./control.lock ./s ./s.lock '
  is_refused
}

@test "a socket whose file was deleted: the reload's new one has the same lock until the stop" {
  start 'mode = unix' 'path = s' 'workers = 1' 'control = control'
  first=$(worker)
  rm s
  ctl 0 reload
  wait_for 5 has_ended "$first"
  [[ -S s ]]
  is_refused
  stop_master
  assert_equal "$(left)" ''
}

@test "an upgrade hands the lock on: the end of the predecessor leaves it, the successor's stop removes it" {
  serve unix control=control pid_file=pid
  inode=$(stat -c %i s.lock)
  first=$master
  ctl 0 upgrade
  follow_upgrade
  wait_for 10 has_ended "$first"
  assert_equal "$(stat -c %i s.lock)" "$inode"
  is_refused
  stop_master
  assert_equal "$(left)" ''
}

@test "a successor that fails leaves its predecessor's lock" {
  serve_replaceable unix control=control pid_file=pid
  for text in 'exit 3' 'kill -KILL $$' "sed 's/^path.*/path = absent\/s/' -i master.conf; exec $BUILD/preforkd \"\$@\" -o path=absent/s"; do
    replace_binary "$text"
    ctl 1 upgrade
    is_refused
  done
  stop_master
  assert_equal "$(left)" ''
}

@test "the socket file is deleted and a successor opens another one: the lock goes with it" {
  serve unix control=control
  first=$master
  rm s
  ctl 0 upgrade
  follow_upgrade
  wait_for 10 has_ended "$first"
  [[ -S s ]]
  is_refused
  stop_master
  assert_equal "$(left)" ''
}

@test "a predecessor that is killed during an upgrade leaves all to the successor" {
  serve_replaceable unix control=control pid_file=pid
  # Its workers take their time to accept: the predecessor is killed before.
  replace_binary "echo \$\$ >next; read -r line <go; exec $BUILD/preforkd \"\$@\""
  mkfifo go
  kill -USR2 "$master"
  wait_for 5 test -s next
  kill_master
  exec {go}<>go
  echo >&"$go"
  master=$(<next)
  successors+=("$master")
  wait_for 10 log_has "taken over from process [0-9]+, which died"
  master_of[master]=$master
  is_refused
  stop_master
  assert_equal "$(left)" ''
}

@test "a stop during an upgrade leaves nothing" {
  serve_replaceable unix control=control pid_file=pid
  mkfifo never
  replace_binary "echo \$\$ >next; read -r line <never"
  kill -USR2 "$master"
  wait_for 5 test -s next
  stop_master
  wait_for 5 has_ended "$(<next)"
  assert_equal "$(left)" ''
}
