#!/usr/bin/env bats
# Upgrades with difficulties: deaths, stops, reloads and other upgrades meanwhile; datagrams; process 1.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034,SC2016 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load
load helpers/trace
load helpers/upgrade

@test "a master that dies during an upgrade is followed by its successor" {
  for mode in unix inet; do
    start $mode control=control pid_file=pid
    hold_successor
    first=$master
    kill -USR2 "$master"
    wait_for 5 log_has "^preforkd\\[$first\\]: upgrading: .* is to take over"
    master_of[master]= # no line of it
    kill -KILL "$master"
    open_gate
    follow_upgrade
    log_has "taken over from process [0-9]+, which died"
    wait_for 5 ask
    assert_equal "$(<pid)" "$master" "pid_file"
    assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $master"
    kill -TERM "$master"
    wait_for 5 has_ended "$master"
    [[ ! -e s && ! -e pid ]]
    master_of[master]=
    { wait "${leader_of[master]}"; } 2>/dev/null || true
    : >"$log" # lines of the next one are waited for
  done
}

# The launcher of an upgrade under way: the child of the master that waits for the successor.
launcher() {
  pgrep -P "$master" -f 'preforkd: waits for process'
}

# begin_upgrade: of a unix pool, to a successor that waits at the gate. Sets $before, the workers, $pid, the launcher,
# and $successor.
begin_upgrade() {
  start unix control=control
  before=$(workers)
  hold_successor
  kill -USR2 "$master"
  wait_for 5 launcher
  pid=$(launcher)
  successor=$(workers "$pid")
}

@test "a launcher that is killed alone takes its successor with it, and nothing changes" {
  begin_upgrade
  kill -KILL "$pid"
  wait_for 5 log_has 'not upgraded: the successor was killed by signal 9'
  wait_for 5 has_ended "$successor"
  nothing_changed "$before"
  refute log_has 'taken over'
}

@test "so it does where poll(2) and the first kill(2) fail" {
  begin_upgrade
  trace "$master" -e trace=poll,kill -e inject=poll:error=ENOMEM:when=1..3 -e inject=kill:error=EPERM:when=1
  kill -KILL "$pid"
  wait_for 5 log_has "cannot see whether process $successor lives, killing it: "
  wait_for 5 log_has 'not upgraded: the successor was killed by signal 9'
  wait_for 5 has_ended "$successor"
  end_trace
  assert_equal "$(grep -c 'poll(.*(INJECTED)' trace.out) $(grep -c 'kill(.*(INJECTED)' trace.out)" '3 1'
  nothing_changed "$before"
  refute log_has 'taken over'
}

@test "a successor that is killed before the master knows it is reported so" {
  start unix control=control
  before=$(workers)
  # Held after its fork(2) until the trace ends, however late this test comes.
  trace "$master" -e 'trace=/^(clone|fork)$' -e 'inject=/^(clone|fork)$:delay_exit=20000000:when=1'
  kill -USR2 "$master"
  wait_for 5 launcher
  pid=$(launcher)
  kill -KILL "$(workers "$pid")"
  wait_for 5 has_ended "$pid"
  end_trace
  wait_for 5 log_has 'not upgraded: '
  log_has 'not upgraded: the successor was killed by signal 9'
  nothing_changed "$before"
}

has_children() { # COUNT
  (($(workers | wc -l) == $1))
}

@test "a stop kills a launcher that does not say which successor it has started" {
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  start unix
  # What is lost is that message of the launcher, and the master's to leave.
  trace "$master" -f -e trace=sendto -e inject=sendto:retval=1:when=1
  kill -USR2 "$master"
  wait_for 5 has_children 3
  stop_master
  wait "${tracer_of[trace]}" # which has no process left
  log_has 'not upgraded: the master is stopping'
  refute log_has 'does not end'
}

@test "a stop during an upgrade ends both, by TERM, INT or preforkctl" {
  for stop in TERM INT ctl; do
    start unix control=control
    hold_successor
    kill -USR2 "$master"
    wait_for 5 log_has 'is to take over'
    if [[ $stop == ctl ]]; then
      "$BUILD/preforkctl" -s control stop 3>&-
      await_master master 0
    else
      stop_master $stop
    fi
    log_has 'not upgraded: the master is stopping'
    : >"$log"
  done
}

@test "QUIT during an upgrade lets it complete, then the old master stops and the new one serves" {
  for mode in unix inet; do
    start $mode control=control
    hold_successor
    first=$master
    kill -USR2 "$master"
    wait_for 5 log_has 'is to take over'
    kill -QUIT "$master"
    wait_for 5 log_has 'QUIT: stopping once the successor has taken over'
    kill -QUIT "$master"
    open_gate
    follow_upgrade
    wait_for 5 is_gone
    assert_equal "$(ask)" 'char from server = B'
    stop_master QUIT
    wait_for 5 session_is_over "${leader_of[master]}"
    : >"$log"
  done
}

@test "QUIT right behind USR2 finds the upgrade under way" {
  serve unix control=control
  first=$master
  kill -STOP "$master" # both are pending when it runs again
  kill -USR2 "$master"
  kill -QUIT "$master"
  kill -CONT "$master"
  follow_upgrade
  wait_for 5 is_gone
  assert_equal "$(ask)" 'char from server = B'
}

@test "QUIT during an upgrade that fails stops nothing, the next one does" {
  start unix control=control
  hold_successor 'exit 1'
  kill -USR2 "$master"
  wait_for 5 log_has 'is to take over'
  kill -QUIT "$master"
  wait_for 5 log_has 'QUIT: stopping once the successor has taken over'
  open_gate
  wait_for 5 log_has 'not stopped: QUIT came during the upgrade, and no successor serves'
  let_pass 0.25 # the same signal within 200 ms would be the same request
  assert_equal "$(ask)" 'char from server = B'
  stop_master QUIT
}

# Whether the successor of $master, $successor, says that its workers accept.
successor_accepts() {
  successor=$(sed -n "s/.*\[$master\]: upgrading: process \([0-9]*\),.*/\1/p" "$log")
  [[ $successor ]] && log_has "^preforkd\\[$successor\\]: ready: "
}

@test "a successor that is asked to stop before it has charge is not given charge" {
  local successor
  for mode in unix inet; do
    start $mode control=control workers=1 requests_per_connection=9
    hold one
    hold_successor
    kill -USR2 "$master"
    wait_for 5 log_has "\\[$master\\]: upgrading"
    kill -STOP "$master"
    open_gate
    wait_for 5 successor_accepts
    hold two # the old master's worker is busy
    kill -TERM "$successor"
    wait_for 5 log_has "^preforkd\\[$successor\\]: (asked to stop|stopping)"
    kill -CONT "$master"
    wait_for 5 log_has "\\[$master\\]: not upgraded: the successor was asked to stop"
    let_pass 0.2 # as long as charge could be given
    release one
    release two
    wait_for 5 has_ended "$successor"
    assert_equal "$(ask)" 'char from server = B'
    refute log_has 'taken over from'
    stop_master
  done
}

@test "a successor that is killed after it accepts is reported so, though its launcher is stopped" {
  local successor pid before
  begin_upgrade
  kill -STOP "$pid" "$master"
  open_gate
  wait_for 5 successor_accepts
  kill -KILL "$successor"
  kill -CONT "$master"
  wait_for 5 log_has 'not upgraded: '
  wait_for 5 has_ended "$pid"
  log_has 'not upgraded: the successor was killed by signal 9'
  restore_binary
  upgrade
  follow_upgrade
}

@test "a reload during an upgrade is done by the successor's file, or after it failed" {
  start unix control=control
  hold_successor 'exit 1'
  kill -USR2 "$master"
  wait_for 5 log_has 'is to take over'
  kill -HUP "$master"
  open_gate
  wait_for 5 log_has 'reloaded: generation 2'
  refute log_has 'taken over'
}

@test "a reload that was asked for during an upgrade is the successor's" {
  start unix control=control
  hold_successor
  kill -USR2 "$master"
  wait_for 5 log_has 'is to take over'
  kill -HUP "$master"
  open_gate
  follow_upgrade
  wait_for 5 log_has "^preforkd\\[$master\\]: reloaded: generation 3"
}

# Whether a process reads the file for $master; it stops there: $reader.
stops_reader() {
  for reader in $(workers); do
    [[ $(<"/proc/$reader/comm") == preforkd-config ]] || continue
    # It may have read all, and be about to end.
    kill -STOP "$reader" && until has_ended "$reader"; do
      [[ $(<"/proc/$reader/stat") != *') T '* ]] || return 0
    done
  done 2>/dev/null
  return 1
}

# begin_reload: one that reads its file until $reader is killed.
begin_reload() {
  for _ in 1 2 3; do
    kill -HUP "$master"
    ! wait_for 2 stops_reader 2>/dev/null || return 0
  done
  fail 'no process reads the file'
}

reloads_by() { # MASTER
  grep -c "^preforkd\\[$1\\]: reloaded: " "$log" || true
}

@test "an upgrade that is asked for during a reload begins when that has failed, and before the next one" {
  start unix control=control
  yes '# so that it takes a while to read the file' | head -n 100000 >>master.conf
  for next in '' HUP; do
    begin_reload
    first=$master
    reloads=$(reloads_by "$first") # of those whose reader was too fast to be stopped
    kill -USR2 "$master"
    [[ ! $next ]] || kill -HUP "$master"
    kill -KILL "$reader"
    follow_upgrade
    assert_equal "$(reloads_by "$first")" "$reloads" "reloads by the predecessor"
  done
  wait_for 10 log_has "^preforkd\\[$master\\]: reloaded: "
}

parent_of() { # PID
  ps -o ppid= -p "$1" | tr -d ' '
}

@test "datagrams are answered through an upgrade" {
  load_options=(--datagram)
  for mode in unix inet; do
    serve $mode type=datagram control=control
    begin_load
    upgrade
    follow_upgrade
    end_load
    stop_master
  done
}

@test "preforkctl --timeout holds for an upgrade, which goes on" {
  start unix control=control
  hold_successor
  run "$BUILD/preforkctl" -s control --timeout 100ms upgrade 3>&-
  assert_equal "$status" 69
  assert_match "$output" 'has begun, and has not ended within 100ms: it goes on'
  open_gate
  follow_upgrade
}

@test "two upgrades at once are one" {
  start unix control=control
  hold_successor
  kill -USR2 "$master"
  wait_for 5 log_has 'is to take over'
  kill -USR2 "$master"
  { wait_for 5 log_has 'asked by .*: upgrade' && open_gate; } 3>&- &
  upgrade
  assert_equal "$(grep -c 'is to take over' "$log")" 1
  follow_upgrade
}

@test "process 1 refuses an upgrade, with the reason" {
  unshare --pid --fork true 2>/dev/null || skip 'no namespace can be made here'
  runner=(unshare --pid --fork --kill-child)
  sanitizers_leave detect_leaks=0
  serve unix control=control
  run "$BUILD/preforkctl" -s control upgrade
  assert_equal "$status" 1
  assert_match "$output" 'process 1 cannot hand over to another process'
  assert_equal "$(ask)" 'char from server = B'
  "$BUILD/preforkctl" -s control stop
  await_master master 0
}

@test "variables that another process got about its descriptors are ignored by the master" {
  PREFORKD_SUCCESSION='1 5 6' serve unix
  refute log_has 'taken over'
  assert_equal "$(ask)" 'char from server = B'
  PREFORKD_SUCCESSION=rubbish serve inet
  refute log_has 'taken over'
}

@test "PREFORKD_SUCCESSION set by hand is an error that says what is wrong with it" {
  local channel
  printf '%s\n' 'mode = unix' 'path = s' >x.conf
  for channel in '98 99' '0 0' '0 1'; do
    run timeout 10 bash -c 'PREFORKD_SUCCESSION="$$ 1 $1" exec "$BUILD/preforkd" -c x.conf </dev/null 2>&1' _ "$channel" 3>&-
    assert_equal "$status" 71 "with $channel, '$output', the exit status"
    assert_match "$output" "^preforkd.*: cannot (use what PREFORKD_SUCCESSION names|read what the predecessor has): [A-Z]"
    assert_equal "${#lines[@]}" 1 "lines"
  done
}
