#!/usr/bin/env bats
# The end of a resident program: what asks for it, what goes with it, and what a stop knows of it.

# shellcheck disable=SC2154,SC2034 # helpers set them

load helpers/common
load helpers/program
load helpers/residents
load helpers/reload
load helpers/trace

# Whether the process ignores signal 15 by now, bit 14 of the mask.
ignores_term() { # PID
  grep -qE '^SigIgn:.*[4-7c-f]...$' "/proc/$1/status"
}

@test "a program that ignores its signal gets TERM when stop_timeout is over, and KILL after kill_after, with its group" {
  for way in reload scale stop; do
    run_resident unix '-i -g -p' workers=2 stop_timeout=100ms kill_after=100ms
    old=$(workers)
    for pid in $old; do
      wait_for 5 ignores_term "$pid"
    done
    case $way in
    reload) reload ;;
    scale) assert_equal "$("$BUILD/preforkctl" -s control scale 1 3>&-)" '1 program' ;;
    stop)
      began=$EPOCHREALTIME
      stop_master
      (($(elapsed_ms "$began") >= 190))
      ;;
    esac
    for pid in $old; do
      [[ $way != scale ]] || break
      wait_for 5 has_ended "$pid"
    done
    [[ $way != scale ]] || wait_for 5 worker_count_is 1
    [[ $way == stop ]] || stop_master
    log_has 'stop_timeout is over'
    : >"$log"
  done
}

@test "what a program leaves behind in its group ends with it" {
  run_resident inet '-g -p' workers=1
  old=$(served_by)
  child=$(tr -d ' ' <"/proc/$old/task/$old/children")
  reload
  wait_for 5 has_ended "$old"
  wait_for 5 has_ended "$child"
}

@test "stop_signal is what asks a program to finish; the master's own signals never reach it" {
  run_resident inet '-s 12 -p' stop_signal=USR2 workers=1
  old=$(served_by)
  reload
  wait_for 5 has_ended "$old"
  assert_equal "$(figure crashes)" 0
  stop_master
  : >"$log"
  run_resident unix '-n -p' workers=2 # which dies of any signal
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  kill -KILL "$(worker)" # which has idle workers of preforkd try accept()
  expected='killed by SIGKILL'
  wait_for 5 figure_is crashes 1
  wait_for 5 figure_is starting 0
  assert_equal "$(figure crashes)" 1
}

@test "a program ends with its master, by stop_signal" {
  run_resident unix '-s 3 -p' stop_signal=QUIT
  mapfile -t programs < <(workers)
  kill_master
  for pid in "${programs[@]}"; do
    wait_for 5 has_ended "$pid"
  done
}

@test "the group of a program is killed before its number is free for another one" {
  run_resident unix -p workers=1
  old=$(served_by)
  trace "$master" -e trace=waitid,wait4,kill
  expected='killed by SIGKILL'
  kill -KILL "$old"
  wait_for 5 log_has "program $old .* killed by SIGKILL"
  wait_for 5 is_steady
  end_trace
  awk -v pid="$old" '
    index($0, "kill(-" pid ", SIGKILL)") { killed = NR }
    /^wait(id|4)\(/ && !/WNOWAIT/ && $0 ~ "[^0-9-]" pid "[^0-9]" { reaped = NR; exit }
    END { exit !(killed && reaped) }' trace.out || fail "$(<trace.out)"
}

@test "stop says that the connections of resident programs are unknown, and counts those of other pools" {
  run_resident unix '' workers=1
  assert_equal "$(converse A)" B
  run timeout 20 "$BUILD/preforkctl" -s control stop 3>&-
  assert_equal "$status $output" '0 stopped: connections of resident programs unknown, 0 refused'
  await_master master 0
  start 'control = control' 'workers = 1' '[pool a]' 'mode = unix' 'path = a' '[pool b]' 'mode = inet' 'port = 0' \
    'service = program' 'start = resident' 'ready_after = 50ms' "command = $bin/resident"
  "$BUILD/preforkcall" unix:a 3>&-
  run timeout 20 "$BUILD/preforkctl" -s control stop 3>&-
  assert_equal "$status $output" \
    '0 stopped: 1 connections served, 0 cut (those of resident programs unknown), 0 refused'
  await_master master 0
}
