#!/usr/bin/env bats
# The end of a program: at a deadline, in a stop, with its worker, after a reload or an upgrade.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program
load helpers/trace

@test "at a deadline a program gets TERM, and after kill_after KILL, with its group; the worker lives" {
  while IFS='|' read -r what program; do
    run_program inet "$program" max_connection_time=200ms kill_after=200ms workers=1
    worker=$(worker)
    converse 'x\n' >got || true
    wait_for 5 figure_is timeouts 1
    wait_for 5 program_count_is 0
    assert_equal "$(worker)" "$worker" "the worker, with a program that $what,"
    stop_master # which judges that no process is left
    log_has 'max_connection_time is over, connection cut'
    : >"$log"
  done <<'END'
waits|tail -f /dev/null
ignores TERM|sh -c 'trap "" TERM; tail -f /dev/null'
stops itself|sh -c 'kill -STOP $$'
has a child that ignores TERM|sh -c '(trap "" TERM; exec tail -f /dev/null) & wait'
has a child|sh -c 'tail -f /dev/null & wait'
changes its group|perl -e 'setpgrp(0, getppid()); exec "tail", "-f", "/dev/null"'
END
}

@test "the group of a program that ends on TERM has until kill_after, and answers" {
  run_program inet "sh -c 'perl -e \"\\\$SIG{TERM} = sub { select undef, undef, undef, 0.3; print 1; exit }; select undef, undef, undef, 60\"; true'" \
    max_connection_time=200ms
  assert_equal "$(converse 'x\n')" 1
  stop_master
  run_program inet "sh -c '(trap \"\" TERM; exec tail -f /dev/null) & wait'" max_connection_time=100ms kill_after=300ms
  local began=$EPOCHREALTIME took
  converse 'x\n' || true
  took=$(elapsed_ms "$began")
  ((took >= 390 && took < 4500)) || fail "ended after $took ms"
}

@test "a program that ends on TERM at a deadline still answers" {
  run_program inet "sh -c 'trap \"echo bye; exit\" TERM; tail -f /dev/null & wait'" max_connection_time=200ms
  assert_equal "$(converse 'x\n')" bye
}

@test "a program of which the kernel says that it is no child any more has ended" {
  run_program unix "echo hello" workers=1
  trace "$(worker)" -e trace=waitid -e inject=waitid:error=ECHILD
  assert_equal "$(converse 'x\n')" hello
  end_trace
  wait_for 5 figure_is programs_ok 1
}

@test "a program gets one TERM at its deadline, in its group or in another one" {
  for where in '' 'setpgrp 0, getpgrp getppid;'; do
    run_program inet "perl -e '$where \$SIG{TERM} = sub { exit }; select undef, undef, undef, 60'" max_connection_time=300ms workers=1
    trace "$(worker)" -e trace=kill
    converse 'x\n' >got || true
    wait_for 5 figure_is timeouts 1
    end_trace
    assert_equal "$(grep -c 'SIGTERM) *= 0' trace.out)" 1 "signals sent where the program does '$where'"
    stop_master
  done
}

talks_for_long() {
  : >"$log"
  begin_call talker connect send:A expect:A sleep:200 send:B expect:B sleep:200 send:C expect:C sleep:200 \
    send:D expect:D sleep:200 send:E expect:E say:in eof
  end_call talker || return
  wait_for 5 figure_is timeouts "$try" || return
  assert_equal "$(grep -c 'idle_timeout is over' "$log")" 1 || return
  log_has 'worker [0-9]+ \(pool main, slot 0\): idle_timeout is over, connection cut: 127.0.0.1:[0-9]+ for (1\.[4-9]|[2-9]\.|[0-9]{2})'
}

@test "idle_timeout is over once no byte has moved for so long, on inet" {
  run_program inet cat idle_timeout=600ms workers=1
  try_thrice talks_for_long
}

@test "of two deadlines that are over one is logged and counted, whichever comes first" {
  for limits in 'idle_timeout=200ms max_connection_time=400ms' 'idle_timeout=400ms max_connection_time=200ms' \
    'idle_timeout=200ms max_connection_time=200ms'; do
    # shellcheck disable=SC2086 # two words
    run_program inet "sh -c 'trap \"\" TERM; exec tail -f /dev/null'" $limits kill_after=600ms workers=1
    begin_call "one" connect eof
    end_call one
    wait_for 5 figure_is timeouts 1
    stop_master
    assert_equal "$(grep -c 'connection cut' "$log")" 1 "lines with $limits"
    : >"$log"
  done
}

@test "idle_timeout counts from accept: clients that waited in the queue for longer are served" {
  run_program inet "sh -c 'read x; perl -e \"select undef, undef, undef, 0.2\"; echo \$x'" idle_timeout=1s workers=1
  begin_call queue -n 8 connect send:A$'\n' expect:A$'\n' eof
  end_call queue
  assert_equal "$(figure timeouts)" 0
}

@test "-t says that idle_timeout does not apply to a program on a unix socket" {
  printf '%s\n' 'mode = unix' 'path = s' 'service = program' 'command = cat' >a.conf
  run "$BUILD/preforkd" -t -c a.conf 3>&-
  assert_equal "$status" 0
  assert_match "$output" 'a.conf:1:1: warning: pool main: idle_timeout does not apply to a program on a unix socket'
  echo 'idle_timeout = none' >>a.conf
  run "$BUILD/preforkd" -t -c a.conf 3>&-
  is_ok a.conf
}

@test "a fast stop ends a program by TERM, and by KILL after kill_after, and counts its connection as cut" {
  for mode in unix inet; do
    run_program $mode "sh -c 'trap \"echo was asked >&2; exit\" TERM; echo in; tail -f /dev/null & wait'"
    begin_call one connect expect:'in'$'\n' say:in count
    heard one in
    stop_fast_beside_one
    : >"$log"
    run_program $mode "sh -c 'trap \"\" TERM; echo in; tail -f /dev/null'" kill_after=200ms stop_timeout=100ms
    begin_call one connect expect:'in'$'\n' say:in count
    heard one in
    stop_master
    end_call one
    log_has 'stopped: pool main, 0 connections and 0 requests served, 1 cut'
    : >"$log"
  done
}

@test "a fast stop starts no program" {
  run_program inet "sh -c 'echo started >&2; exec tail -f /dev/null'" workers=1 kill_after=25s
  kill -STOP "$(worker)"
  begin_call one connect say:in count
  heard one in
  "$BUILD/preforkctl" -s control stop --fast >/dev/null 3>&- &
  wait_for 5 log_has 'stopping now'
  kill -CONT "$(worker)"
  local began=$EPOCHREALTIME
  await_master master 0
  (($(elapsed_ms "$began") < 15000))
  end_call one
  refute log_has started
}

@test "a third signal ends programs without waiting for kill_after" {
  run_program unix "sh -c 'trap \"\" TERM; echo in; exec tail -f /dev/null'" kill_after=1h
  begin_call one connect expect:'in'$'\n' say:in count
  heard one in
  kill -TERM "$master"
  wait_for 5 log_has 'stopping: waiting'
  kill -INT "$master"
  wait_for 5 log_has 'stopping now'
  stop_master QUIT
  end_call one
}

@test "a program whose master has died gets TERM stop_timeout later, and KILL kill_after later" {
  run_program unix "sh -c 'trap \"echo was asked; exit\" TERM; echo in; tail -f /dev/null & wait'" stop_timeout=0s workers=1
  begin_call one connect expect:'in'$'\n' say:in expect:'was asked'$'\n' eof
  heard one in
  kill_master
  end_call one
}

@test "a program ends with its worker, and outlives the master" {
  run_program unix "sh -c 'echo in; read x; echo \$x'"
  begin_call one connect expect:'in'$'\n' say:in eof
  heard one in
  expected='killed by SIGKILL'
  kill -KILL "$(ps -o ppid= -p "$(programs)")"
  end_call one
  wait_for 5 program_count_is 0
  begin_call two connect expect:'in'$'\n' say:in wait send:yes$'\n' expect:yes$'\n' eof
  heard two in
  kill_master
  let_go two
  end_call two
}

@test "a reload and an upgrade leave programs that run to their end, and start others" {
  for mode in unix inet; do
    for way in reload upgrade; do
      run_program $mode "sh -c 'echo old; read x; echo \$x'"
      begin_call one connect expect:'old'$'\n' say:in wait send:yes$'\n' expect:yes$'\n' eof
      heard one in
      cat >>master.conf <<<"command = echo new"
      sed -i '/^command = sh/d' master.conf
      "$BUILD/preforkctl" -s control $way 3>&-
      [[ $way != upgrade ]] || follow_upgrade
      converse '' >got || true
      let_go one
      end_call one
      stop_master
      : >"$log"
    done
  done
}

@test "a program that shuts its output down, and exits with 3, has failed; its client is not gone" {
  run_program inet "perl -e '\$| = 1; print 1; shutdown(STDOUT, 1); 1 while <STDIN>; exit 3'" log_connections=yes
  begin_call one connect send:ab expect:1 eof half-close
  end_call one
  wait_for 5 log_has ', 2 bytes in, 1 out, [0-9.]+ s, failed$'
  stop_master
  run_program inet "perl -e '\$SIG{PIPE} = q(IGNORE); \$| = 1; while (print 1) { select undef, undef, undef, 0.01 } exit 3'" \
    log_connections=yes
  begin_call two connect expect:1 reset
  end_call two
  wait_for 5 figure_is programs_gone 1
  log_has ' s, lost$'
}

@test "log_connections says how a program ended, and that the bytes of a unix socket are unknown" {
  run_program inet "sh -c 'read n; echo ok; exit \$n'" log_connections=yes
  tell 0
  wait_for 5 log_has 'connection: pool main, slot [0-9]+, 127.0.0.1:[0-9]+, 2 bytes in, 3 out, [0-9.]+ s, answered$'
  tell 3
  wait_for 5 log_has '2 bytes in, 3 out, [0-9.]+ s, failed$'
  stop_master
  run_program unix "sh -c 'kill -KILL \$\$'" log_connections=yes log_format=json
  converse ''
  wait_for 5 log_has '"bytes_in":null,"bytes_out":null,"duration_ns":[0-9]+,"outcome":"signalled"'
  assert_equal "$(figure bytes_in)" null
}
