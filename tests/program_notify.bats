#!/usr/bin/env bats
# notify = yes: a resident program says by sd_notify(3) when it accepts, how it is, and that it lives.

# shellcheck disable=SC2154,SC2034 # helpers set them

load helpers/common
load helpers/program
load helpers/reload
load helpers/background_load

# run_notifying MODE OPTIONS [KEY=VALUE...]: helpers/resident.c with these OPTIONS.
run_notifying() {
  run_program "$1" "$bin/resident $2" start=resident notify=yes "${@:3}"
}

@test "a program is ready when it says so itself; a child's word does not count" {
  for mode in unix inet; do
    began=$EPOCHREALTIME
    run_notifying $mode '-N 300' ready_after=250ms
    (($(elapsed_ms "$began") >= 290))
    assert_equal "$(converse A)" B
    began=$EPOCHREALTIME
    reload
    (($(elapsed_ms "$began") >= 290))
    began=$EPOCHREALTIME
    "$BUILD/preforkctl" -s control upgrade 3>&-
    (($(elapsed_ms "$began") >= 290))
    follow_upgrade
    assert_equal "$(converse A)" B
    stop_master
    : >"$log"
  done
}

@test "reloads under load lose nothing with programs that notify" {
  run_notifying inet '-N 20'
  begin_load
  for i in 1 2 3; do
    reload
  done
  end_load
}

@test "what a program says of itself is shown by workers, printable, and descriptors that come along are closed" {
  run_notifying unix '-N 0' workers=1
  "$BUILD/preforkctl" -s control workers 3>&- >table
  grep -Eq '^pool .* program +says *$' table
  grep -Eq "running .* +$(worker) +serves \? well *\$" table
  "$BUILD/preforkctl" -s control workers --json 3>&- | grep -q '"says":"serves ? well"'
}

@test "another process of this host can say nothing for a program, and a flood of it delays nothing" {
  run_notifying unix '-N 0' workers=1
  name=$(tr '\0' '\n' <"/proc/$(worker)/environ" | sed -n 's/^NOTIFY_SOCKET=@//p')
  perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
    my $to = pack_sockaddr_un("\0$ARGV[0]"); # of the exact length
    for (1 .. 2000) { send($s, "STATUS=forged\nREADY=1\nWATCHDOG=1", 0, $to) or die $! }' "$name" 3>&-
  assert_equal "$(converse A)" B
  "$BUILD/preforkctl" -s control workers 3>&- >table
  grep -q 'serves' table
  refute grep -q 'forged' table
}

@test "a program whose pulse is missing for ten times ready_after is killed and replaced" {
  run_notifying inet '-N 0 -W -p' workers=1 ready_after=30ms
  first=$(converse x)
  wait_for 5 log_has "program $first \(pool main, slot 0\) sent no WATCHDOG=1 for (0\.[3-9]|[1-9][0-9]*\.[0-9]) s: killed"
  wait_for 5 has_ended "$first"
  expected='killed by SIGKILL'
  wait_for 5 log_has "program $first .* killed by SIGKILL"
  refute log_has 'in a row failed'
}

@test "a program that never says that it is ready does not take the place of the one that serves" {
  local lines=('mode = unix' 'path = s' 'control = control' 'workers = 1' 'service = program' 'start = resident' 'notify = yes')
  start "${lines[@]}" "command = $bin/resident -N 0 -p"
  old=$(converse x)
  configure "${lines[@]}" "command = $bin/resident -p"
  kill -HUP "$master"
  wait_for 5 worker_count_is 2
  let_pass 0.2
  refute log_has 'reloaded'
  refute has_ended "$old"
  descriptors_may_change=1
}

@test "a program that does not say within ten times ready_after that it is ready is ended, and has failed" {
  local settings=('control = control' 'workers = 1' 'service = program' 'start = resident' 'notify = yes' 'kill_after = 100ms')
  for mode in unix inet; do
    place=('mode = unix' 'path = s')
    [[ $mode == unix ]] || place=('mode = inet' 'port = 0')
    start "${settings[@]}" "${place[@]}" "command = $bin/resident -N 0 -p"
    old=$(converse x)
    for options in -p '-p -i'; do
      configure "${settings[@]}" "${place[@]}" "command = $bin/resident $options" 'ready_after = 20ms'
      reload 1
      assert_match "$output" 'pool main: its programs fail'
      log_has 'program [0-9]+ \(pool main, slot 0\) sent no READY=1 for [0-9.]+ s: ended'
      assert_equal "$(converse x)" "$old"
    done
    log_has 'killed by SIGTERM|exited with status'
    log_has 'killed by SIGKILL'
    stop_master
    : >"$log"
  done
}

@test "a program that says that it is ready and ends at once is started again with backoff, whatever its status" {
  for status in 0 1; do
    run_program unix "$bin/resident -N 0 -X $status" start=resident notify=yes workers=1
    wait_for 5 log_has 'pool main: 3 programs in a row failed; the next starts in 1 s'
    stop_master
    expected='exited with status 1'
    : >"$log"
  done
}

@test "a connection sent along with a notification, whose end waits for its peer, does not hold the master" {
  run_notifying unix '-N 0 -u' workers=1
  kill -STOP "$master" # so that the program has closed it first
  assert_equal "$(converse L)" M
  kill -CONT "$master"
  began=$EPOCHREALTIME
  "$BUILD/preforkctl" -s control ping 3>&-
  (($(elapsed_ms "$began") < 4500)) # the connection's end would take 20 s, and ping fails after 5
  "$BUILD/preforkctl" -s control workers 3>&- >table
  grep -q lingers table
  descriptors_may_change=1 # of the program, which has the other end
}
