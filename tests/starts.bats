#!/usr/bin/env bats
# Starts under hard conditions: early signals, closed standard descriptors, a terminal that hangs up, orphans.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/early_signal

@test "a signal right after exec: the master serves, or ends by it and leaves nothing behind" {
  for mode in unix inet; do
    configure_early $mode
    for signal in TERM INT QUIT HUP USR1 USR2 CHLD CONT; do
      for ms in 0 3; do
        signal_early $signal $ms
      done
    done
  done
}

@test "the first thing that main does is to block the signals: process 1 of a container loses none from then on" {
  command -v strace >/dev/null || skip 'no strace'
  sanitizers_leave detect_leaks=0
  strace -o trace -e 'trace=rt_sigprocmask,openat,open' "$BUILD/preforkd" -V 3>&-
  assert_match "$(grep -m 1 -B 1 '"/dev/null"' trace)" 'rt_sigprocmask\(SIG_BLOCK, \[HUP INT QUIT USR1 USR2 TERM CHLD CONT\]'
}

@test "process 1 of a container stops by a signal that comes at the first call behind that" {
  command -v strace >/dev/null || skip 'no strace'
  unshare --pid --fork true 2>/dev/null || skip 'no namespace can be made here'
  sanitizers_leave detect_leaks=0
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' >one.conf
  # With -D the master is process 1, and not strace.
  run timeout 20 unshare --pid --fork --kill-child strace -D -qq -o trace -P /dev/null -e 'trace=openat,open' \
    -e 'inject=openat,open:signal=TERM:when=1' "$BUILD/preforkd" -c one.conf 3>&-
  assert_equal "$status" 0 "the exit status, with '$output',"
  assert_match "$output" 'preforkd\[1\]: stopping: '
}

# descriptor_of N: the file that the master has open there.
descriptor_of() {
  readlink "/proc/$master/fd/$1"
}

@test "started with standard descriptors closed, the master has /dev/null there, and its workers have their pool's log" {
  for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do
    runner=(sh -c "exec \"\$@\" $closed" sh)
    printf '%s\n' 'mode = unix' 'path = s' 'workers = 2' "log = $PWD/log" >master.conf
    log=$PWD/log
    rm -f log ready
    mkfifo ready
    "$bin/launch" -k 9 "${runner[@]}" "$BUILD/preforkd" -c master.conf --ready-fd 9 </dev/null >out 2>err 9>ready 3>&- &
    leader=$!
    read -r -t 20 <ready
    master=$leader endpoint=unix:s
    assert_equal "$(ask)" 'char from server = B'
    for fd in 0 1 2; do
      [[ $closed != *"$fd"[\<\>]* ]] || assert_equal "$(descriptor_of $fd)" /dev/null "descriptor $fd with $closed"
      # A build with sanitizers leaves its workers the master's descriptor 2, for what these find.
      ((fd == 2)) && is_sanitized || assert_match "$(readlink "/proc/$(worker)/fd/$fd")" '^pipe:'
    done
    kill -TERM "$leader"
    wait "$leader"
    session_is_over "$leader"
  done
}

@test "process 1 reaps a thousand orphans, serves meanwhile, and keeps its workers" {
  unshare -pf --kill-child --mount-proc true 2>/dev/null || skip 'no namespace can be made here'
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 2' >one.conf
  rm -f ready
  mkfifo ready go
  # shellcheck disable=SC2016 # sh expands it
  "$bin/launch" -k 9 unshare -pf --kill-child --mount-proc sh -c '(
      exec 9>&-
      read -r line <go
      i=0
      while [ $i -lt 1000 ]; do (exit 3 & exit 0); i=$((i + 1)); done
      echo done >orphaned
    ) & exec "$@"' sh "$BUILD/preforkd" -c one.conf --ready-fd 9 9>ready 2>one.log 3>&- &
  leader=$!
  read -r -t 20 <ready
  first=$(workers "$leader")
  before=$(workers "$first" | sort)
  endpoint=unix:s
  echo >go
  until [[ -e orphaned ]]; do
    assert_equal "$(ask)" 'char from server = B'
  done
  wait_for 5 only_workers_are_left
  assert_equal "$(ask)" 'char from server = B'
  refute grep -qE 'worker .* (exited|killed)' one.log
  kill -TERM "$first"
  wait "$leader"
}

# The only children left are the two workers.
only_workers_are_left() {
  [[ $(workers "$first" | wc -l) == 2 ]]
}

@test "a terminal that hangs up stops the master that has it as standard input, and makes another one reload" {
  command -v script >/dev/null || skip 'no script(1)'
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 2' 'control = control' "log = $PWD/log" >t.conf
  endpoint=unix:s
  in_terminal ''
  kill -HUP "$master" # the terminal is there
  wait_for 5 grep -q 'reloaded: generation 2' log
  close_terminal
  wait_for 10 has_ended "$master"
  grep -q 'the terminal has hung up' log
  grep -q 'stopped: pool main' log
  [[ ! -e s ]]
  rm log
  in_terminal '</dev/null'
  close_terminal
  wait_for 5 grep -q 'reloaded: generation 2' log
  assert_equal "$(ask)" 'char from server = B'
  run "$BUILD/preforkctl" -s control status
  assert_equal "$status" 0
  kill -TERM "$master"
  wait_for 10 has_ended "$master"
  [[ ! -e s ]]
}

# in_terminal REDIRECTION: the shell of a new terminal has preforkd as its foreground job; sets $terminal, $master.
in_terminal() {
  # The shell in between has to end by HUP, also where this one was started with nohup(1).
  env --default-signal=HUP script -qc "$BUILD/preforkd -c t.conf $1" typescript </dev/null >/dev/null 2>&1 3>&- &
  terminal=$!
  wait_for 20 answers
  master=$("$BUILD/preforkctl" -s control ping 3>&- | grep -o '[0-9]*$')
  successors+=("$master")
}

close_terminal() {
  kill -KILL "$terminal"
  wait "$terminal" 2>/dev/null || true
}

answers() {
  ask >/dev/null 2>&1
}

title_of() { # PID
  ps -o args= -p "$1"
}

@test "ps shows the master with its file, and each worker with its pool and slot" {
  start_master <<<$'mode = unix\n[pool a]\npath = a\nworkers = 2\n[pool b]\npath = b\nworkers = 1'
  assert_equal "$(title_of "$master")" "preforkd: master $(pwd -P)/master.conf"
  assert_equal "$(for pid in $(workers); do title_of "$pid"; done | sort)" \
    $'preforkd: pool a, worker 0\npreforkd: pool a, worker 1\npreforkd: pool b, worker 0'
}

@test "a title is cut where the arguments and the environment have no more room" {
  cp "$BUILD/preforkd" p
  runner=(env -i)
  preforkd=./p
  start_master <<<$'mode = unix\npath = s\nworkers = 1'
  whole="preforkd: master $(pwd -P)/master.conf" shown=$(title_of "$master")
  [[ ${#shown} -ge 20 && ${#shown} -lt ${#whole} && $whole == "$shown"* ]] || fail "$shown"
}

# The environment on standard input, but for what a shell or a master sets.
own_variables() {
  sort -z | grep -zvE '^(_|SHLVL|PREFORKD_SUCCESSION|LISTEN_[A-Z]*|WATCHDOG_PID)=' | tr '\0' '\n'
}

@test "the program that an upgrade starts gets the arguments and the environment of the start, whatever the title has overwritten" {
  export FIRST='two words' SECOND=$'a\ttab' EMPTY=
  cp "$BUILD/preforkd" preforkd
  preforkd=./preforkd
  start_master -o backlog=100 <<<$'mode = unix\npath = s\nworkers = 1'
  env -0 | own_variables >expected
  # shellcheck disable=SC2016 # the script expands it
  printf '#!/bin/sh\nprintf "%%s\\n" "$@" >arguments\ncat /proc/$$/environ >environment\nexit 3\n' >new
  chmod 755 new
  mv new preforkd
  kill -USR2 "$master"
  wait_for 5 log_has 'not upgraded: the successor ended with status 3'
  assert_equal "$(tr '\n' ' ' <arguments)" '-c master.conf --ready-fd 9 -o backlog=100 '
  own_variables <environment >got
  diff expected got
}

# explained STATUS MESSAGE LINE...: a configuration of these lines is no start, because of that.
explained() {
  printf '%s\n' "${@:3}" >refused.conf
  run timeout 20 "${runner[@]}" "$BUILD/preforkd" -c refused.conf 3>&-
  assert_equal "$status" "$1" "the exit status, with '$output',"
  assert_match "$output" "^preforkd\[[0-9]+\]: $2$"
}

@test "a start that fails says the key and its place, and which directory is missing" {
  : >file
  mkdir directory
  local unix=('mode = unix' 'workers = 1')
  local missing='No such file or directory: the directory /none does not exist'
  explained 73 "refused.conf:3:8: pool 'main', path: cannot create the lock file /none/d/s.lock: $missing" \
    "${unix[@]}" 'path = /none/d/s'
  explained 73 "refused.conf:3:8: pool 'main', path: .*/file/s.lock: Not a directory: the directory $PWD/file is not a directory" \
    "${unix[@]}" 'path = file/s'
  explained 73 "refused.conf:4:11: cannot create the lock file /none/c.lock: $missing" \
    "${unix[@]}" 'path = s' 'control = /none/c'
  explained 73 "refused.conf:4:12: cannot create the pid_file /none/p: $missing" \
    "${unix[@]}" 'path = s' 'pid_file = /none/p'
  explained 73 "refused.conf:4:12: the pid_file $PWD/directory is a directory" \
    "${unix[@]}" 'path = s' 'pid_file = directory'
  explained 73 "refused.conf:4:7: cannot open the log /none/l: $missing" \
    "${unix[@]}" 'path = s' 'log = /none/l'
  explained 71 "refused.conf:3:8: pool 'main', port: cannot bind inet:192.0.2.1:1: .*: no interface of this host has it" \
    'mode = inet' 'address = 192.0.2.1' 'port = 1'
}

@test "a start that fails for want of permission says whose the lock file, the directory or the log is" {
  ((EUID == 0)) || skip 'only root can be another user'
  command -v setpriv >/dev/null || skip 'no setpriv'
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" .
  : >s.lock
  chmod 600 s.lock
  : >log
  chmod 600 log
  mkdir -m 777 open
  runner=(setpriv --reuid=65534 --clear-groups)
  "${runner[@]}" test -r . || skip 'another user cannot come here'
  explained 77 "refused.conf:2:8: pool 'main', path: cannot create the lock file .*/s.lock: Permission denied: it belongs to user 0" \
    'mode = unix' 'path = s'
  explained 77 "refused.conf:2:8: pool 'main', path: .*/t.lock: Permission denied: its directory belongs to user 0" \
    'mode = unix' 'path = t'
  explained 77 "refused.conf:3:7: cannot open the log .*/log: Permission denied: it belongs to user 0" \
    'mode = unix' 'path = open/s' 'log = log'
  (($(</proc/sys/net/ipv4/ip_unprivileged_port_start) <= 1)) ||
    explained 77 "refused.conf:2:8: pool 'main', port: cannot bind inet:127.0.0.1:1: Permission denied: ports below .*" \
      'mode = inet' 'port = 1'
}
