#!/usr/bin/env bats
# The master starts, says why when it cannot, answers signals, and writes files and its log.

load helpers/common
load helpers/pipe

@test "the ready line names pool, workers and endpoint, once every worker accepts" {
  serve unix workers=3
  assert_match "$(<"$log")" "^preforkd\[$master\]: ready: pool main, 3 workers on unix:$BATS_TEST_TMPDIR/s, sandbox [a-zA-Z_ ]+\$"
  worker_count_is 3
}

@test "--ready-fd gets one newline and is closed" {
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 2' >r.conf
  mkfifo r
  "$bin/launch" -k 4 "$BUILD/preforkd" -c r.conf --ready-fd 4 4>r 2>r.log 3>&- &
  pid=$!
  assert_equal "$(od -An -c r)" '  \n' # to the end of file, which comes while it runs
  kill "$pid"
  wait "$pid"
}

@test "--ready-fd gets no newline where a stop comes before the workers accept" {
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 2' >r.conf
  # shellcheck disable=SC2016 # sh expands it
  env --block-signal=TERM sh -c 'kill -TERM $$; exec "$@"' sh "$BUILD/preforkd" -c r.conf --ready-fd 4 4>r 2>r.log 3>&-
  grep -q 'stopped: pool main' r.log
  assert_equal "$(wc -c <r)" 0
}

@test "the ready line goes to standard error even where the log is a file and log_level is error" {
  serve unix log=file log_level=error
  log_has "^preforkd\[$master\]: ready: pool main, 2 workers on unix:"
  grep -Eq "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z preforkd\[$master\]: ready: pool main" file
  assert_equal "$(stat -c %a file)" 640
}

@test "workers are named after their pool" {
  serve unix
  assert_equal "$(<"/proc/$(worker)/comm")" preforkd:main
}

@test "started without descriptors 0, 1 and 2 it puts /dev/null there" {
  # shellcheck disable=SC2016,SC2034 # sh expands it; for start_master
  runner=(sh -c 'exec "$@" <&- >&- 2>&-' sh)
  serve unix log=master.log
  for fd in 0 1 2; do
    assert_equal "$(readlink "/proc/$master/fd/$fd")" /dev/null
    assert_match "$(readlink "/proc/$(worker)/fd/$fd")" '^(pipe:|/dev/null$)'
  done
  assert_equal "$(ask)" "char from server = B"
}

@test "exit 64: no -c, an unknown option, an argument, a ready descriptor that is none" {
  for arguments in '' '-x' '-c x.conf y' '-c x.conf --ready-fd 2' '-c x.conf --ready-fd 77' \
    '-c x.conf --ready-fd x'; do
    # shellcheck disable=SC2086 # words
    run "$BUILD/preforkd" $arguments 3>&-
    assert_equal "$status" 64 "exit status of preforkd $arguments"
    assert_match "$output" .
  done
}

@test "exit 71: an address that this host does not have" {
  refuse_master 71 <<<$'mode = inet\nport = 0\naddress = 192.0.2.1'
  assert_match "$output" 'cannot bind inet:192\.0\.2\.1:0: (Cannot assign requested address|Address not available)'
}

@test "exit 73: a socket, a log, a pid_file where no file can be, and nothing is left behind" {
  refuse_master 73 <<<$'mode = unix\npath = absent/s'
  assert_match "$output" "cannot create the lock file $BATS_TEST_TMPDIR/absent/s.lock: No such file or directory"
  refuse_master 73 <<<$'mode = unix\npath = s\nlog = absent/log'
  assert_match "$output" "cannot open the log $BATS_TEST_TMPDIR/absent/log: No such file"
  refute test -e s
  refuse_master 73 <<<$'mode = unix\npath = s\npid_file = absent/pid'
  assert_match "$output" "cannot create the pid_file $BATS_TEST_TMPDIR/absent/pid: No such file"
  refute test -e s
}

@test "exit 77: a privileged port, or a directory, without the right" {
  [[ $EUID == 0 ]] || skip "needs root, to become nobody"
  command -v setpriv >/dev/null || skip "no setpriv"
  cp "$BUILD/preforkd" preforkd # where the user nobody can reach it
  printf '%s\n' 'mode = inet' 'port = 80' >t.conf
  sed -i s/80/79/ t.conf
  chmod 711 .
  mkdir -m 700 closed
  as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all ./preforkd)
  run "${as_nobody[@]}" -V
  if ((status != 0)); then skip "nobody cannot come here"; fi
  run "${as_nobody[@]}" -c t.conf -o mode=unix -o path=closed/s 3>&-
  assert_equal "$status" 77
  assert_match "$output" "cannot create the lock file .*/closed/s.lock: Permission denied"
  (($(</proc/sys/net/ipv4/ip_unprivileged_port_start) > 79)) || skip "no port is privileged here"
  run "${as_nobody[@]}" -c t.conf 3>&-
  assert_equal "$status" 77
  assert_match "$output" 'cannot bind inet:127\.0\.0\.1:79: Permission denied'
}

@test "exit 78: a configuration that is wrong, with every error of it" {
  refuse_master 78 <<<$'mode = unix\nworker = 1\nbacklog = x'
  assert_match "$output" "refused.conf:1:1: .*needs 'path'"
  assert_match "$output" "refused.conf:2:1: unknown key 'worker'"
  assert_match "$output" "refused.conf:3:11: backlog 'x'"
}

@test "USR1 opens the log again after it was moved away" {
  serve unix log=file
  mv file old
  kill -USR1 "$master"
  wait_for 5 test -e file
  kill "$(worker)"
  wait_for 5 grep -q 'exited with status 0' file
  refute grep -q exited old
}

@test "USR1 keeps the old log where a new one cannot be opened, and says so there" {
  mkdir logs
  serve unix log=logs/file
  mv logs old
  kill -USR1 "$master"
  wait_for 5 grep -q "cannot reopen the log $BATS_TEST_TMPDIR/logs/file, the old one stays in use: No such file" old/file
  assert_equal "$(ask)" "char from server = B"
}

@test "pid_file has the master's number while it runs, and is removed" {
  serve unix pid_file=pid
  assert_equal "$(<pid)" "$master"
  assert_equal "$(stat -c %a pid)" 644
  refute test -e pid.new
  stop_master
  refute test -e pid
}

@test "a FIFO or a link in the place of the pid_file or of its draft holds nothing up, and is not followed" {
  echo precious >target
  for trap in 'mkfifo pid.new' 'mkfifo pid' 'ln -s target pid.new' 'ln -s target pid' 'echo 1 >pid.new'; do
    rm -f pid pid.new
    eval "$trap"
    serve unix pid_file=pid
    assert_equal "$(<pid)" "$master" "with $trap, pid_file"
    assert_equal "$(stat -c %F pid)" 'regular file'
    refute test -e pid.new
    rm pid
    eval "${trap/.new/}"
    stop_master
    [[ -e pid ]] || fail "with $trap, what was in its place is gone"
  done
  assert_equal "$(<target)" precious
}

@test "a pid_file that another process has taken is left to it" {
  serve unix pid_file=pid
  echo 1 >pid
  stop_master
  assert_equal "$(<pid)" 1
}

@test "a log that cannot be written, /dev/full, keeps no client from being served" {
  serve unix log=/dev/full
  pid=$(worker)
  kill -KILL "$pid"
  wait_for 5 worker_count_is 2
  run "$BUILD/preforkload" "$endpoint" --requests 500
  assert_equal "$status" 0
}

@test "a log that is not read blocks no client, and lost lines are counted once it can be written" {
  open_pipe
  serve unix log=pipe workers=1 idle_timeout=50ms
  fill_pipe
  for _ in 1 2 3; do
    pid=$(worker)
    "$bin/client" "$endpoint" connect eof 3>&- # cut, which is logged
    kill -KILL "$pid"
    wait_for 5 worker_is_other_than "$pid"
    assert_equal "$(ask)" "char from server = B"
  done
  empty_pipe read
  kill -HUP "$master" # a line that comes through
  "$bin/client" "$endpoint" connect eof 3>&-
  read -r -t 5 line <&"$pipe"
  assert_match "$line" '^[0-9TZ:.-]+ preforkd\['
  stop_master
  exec {pipe}<&-
}

@test "a standard error that is not read blocks no client" {
  start_into_pipe 'workers = 1' 'idle_timeout = 50ms'
  for _ in 1 2 3; do
    "$bin/client" unix:s connect eof 3>&-
    assert_equal "$("$BUILD/preforkcall" unix:s)" "char from server = B"
  done
  stop_into_pipe
  exec {pipe}<&-
}
