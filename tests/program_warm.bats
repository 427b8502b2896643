#!/usr/bin/env bats
# start = warm: a program that was started ahead waits for the next client of each worker.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program
load helpers/warm

@test "a client is served by a program that was started before it came, and the next one waits after it" {
  for mode in unix inet; do
    run_warm $mode ./say workers=1
    assert_equal "$(figure programs_waiting)" 1
    for i in 1 2 3; do
      pid=$(programs)
      assert_equal "$(converse 'one\ntwo')" "$pid one"
      wait_for 5 program_is_other_than "$pid"
    done
    wait_for 5 waiting_is 1
    assert_match "$("$BUILD/preforkctl" -s control why 3>&-)" 'healthy: 0 of 1 busy, 1 program waits,'
    assert_equal "$(figure programs_ok)" 3
    assert_equal "$(figure accepted)" 3
    stop_master
    : >"$log"
  done
}

@test "a program that waits has descriptors 0, 1 and 2, default signals, a group of its own, and nothing of a client" {
  write_look
  LISTEN_FDNAMES=x NOTIFY_SOCKET="$PWD/notify" LANG=C TZ=UTC run_warm inet './look reads' environment=A=1
  converse '\n' >got
  starts_clean got
  assert_equal "$(variables_of got | tr '\n' ' ')" \
    'A=1 LANG=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TZ=UTC '
}

@test "2 MB go each way, to the end of file of each side, with cat and with tac; the bytes are counted" {
  seq 1 400000 | head -c 2000000 >much
  tac much >turned
  for mode in unix inet; do
    for program in cat tac; do
      run_warm $mode $program log_connections=yes
      exchange <much >got
      case $program in
      cat) cmp got much ;;
      tac) cmp got turned ;;
      esac
      wait_for 5 log_has ', 2000000 bytes in, 2000000 out, [0-9.]+ s, answered$'
      assert_equal "$(figure bytes_in)" 2000000
      assert_equal "$(figure bytes_out)" 2000000
      assert_equal "$(figure programs_ok)" 1
      stop_master
      : >"$log"
    done
  done
}

@test "what a client sent and the program left unread costs no answer" {
  { echo && head -c 300000 /dev/zero; } >much
  for mode in unix inet; do
    run_warm $mode "sh -c 'read -r x; echo answer'"
    unread_input_costs_no_answer 20 much
    stop_master
  done
}

@test "a process that the program leaves behind, with its descriptors, keeps no client and no worker" {
  for mode in unix inet; do
    run_warm $mode "sh -c 'read -r x; tail -f /dev/null & echo \$!'" workers=1
    what_is_left_behind_keeps_nothing 'x\n'
    stop_master
  done
}

@test "a client that goes first ends what the program writes, and is counted as gone" {
  run_warm inet "sh -c 'read -r x; exec yes 0123456789'" log_connections=yes
  begin_call one connect send:$'\n' expect:01234 reset
  end_call one
  wait_for 5 figure_is programs_gone 1
  wait_for 5 log_has ' s, lost$'
}

@test "a program that closes its input, or shuts its output down, still serves to its end" {
  run_warm inet "sh -c 'read -r x; exec <&-; echo \$x'"
  assert_equal "$(converse 'x\n')" x
  stop_master
  run_warm unix "perl -e '\$_ = <STDIN>; \$| = 1; print; shutdown(STDOUT, 1); 1 while <STDIN>; exit 3'" log_connections=yes
  begin_call one connect send:$'ab\n' expect:$'ab\n' eof half-close
  end_call one
  wait_for 5 log_has ', 3 bytes in, 3 out, [0-9.]+ s, failed$'
  stop_master
  run_warm unix "sh -c 'read -r n; exit \$n'"
  converse '3\n'
  converse '0\n'
  wait_for 5 figure_is programs_ok 1
  wait_for 5 figure_is programs_failed 1 # its client only half-closed
}

@test "workers take turns, so that each has started its next program before its next client" {
  run_warm unix "sh -c 'echo \$PPID; read -r x'" workers=3
  for ((i = 0; i < 9; i++)); do
    wait_for 5 waiting_is 3
    converse 'x\n' >>parents
  done
  assert_equal "$(sort parents | uniq -c | tr -s ' ' | cut -d' ' -f2 | tr '\n' ' ')" '3 3 3 '
}

@test "a program that ends while it waits is replaced before a client is given to it" {
  run_warm inet ./say workers=1
  pid=$(programs)
  kill -KILL "$pid"
  wait_for 5 program_is_other_than "$pid"
  log_has "program $pid \(pool main\) killed by SIGKILL while it waited for a client"
  pid=$(programs)
  kill -STOP "$(worker)" # so that it learns of the end and of the client together
  kill -KILL "$pid"
  wait_for 5 is_killed "$pid"
  begin_call one connect send:$'x\n' half-close say:in count
  heard one in
  kill -CONT "$(worker)"
  end_call one
  assert_match "$output" '1 answered, [1-9][0-9]* bytes'
  wait_for 5 figure_is programs_ok 1
  assert_equal "$(figure programs_signalled)" 0
  assert_equal "$(figure crashes)" 0
}

@test "what it writes to standard error while it waits is logged" {
  run_warm unix "sh -c 'echo \"\$\$ waits\" >&2; read -r x; echo served >&2'" workers=1
  pid=$(programs)
  wait_for 5 log_has "program $pid \(pool main\): $pid waits\$"
  converse 'x\n'
  wait_for 5 log_has "program $pid \(pool main\): served\$"
}

@test "a reload to a program that does not wait for input is refused, and says what to use" {
  start_master <<<$'mode = unix\npath = s\nservice = program\nstart = warm\ncommand = cat\ncontrol = control\nworkers = 1'
  sed -i 's/^command = .*/command = echo hello/' master.conf
  run "$BUILD/preforkctl" -s control reload 3>&-
  assert_equal "$status" 1
  log_has 'pool main: /.*/echo does not wait for input: use start = call \(3 in a row ended before they had a client\)'
  assert_equal "$(converse 'served\n')" served
}

@test "a program that waits no longer, as it was replaced, has the pool start workers ever more slowly, until it is mended" {
  printf '#!/bin/sh\nread -r x; echo "$x"\n' >handler
  cp handler good
  chmod +x handler good
  run_warm unix ./handler workers=1
  assert_equal "$(converse 'a\n')" a
  printf '#!/bin/sh\nexit 3\n' >bad
  chmod +x bad
  mv bad handler
  converse 'a\n' >/dev/null # the last good one
  wait_for 5 log_has 'pool main: [0-9]+ workers in a row failed; the next starts in 1 s'
  log_has 'worker [0-9]+ \(pool main, slot 0\) exited with status 78'
  mv good handler
  assert_equal "$(converse 'b\n')" b
}

@test "a program that cannot be started any more is counted when a client comes, and the pool serves on" {
  cp /bin/cat mine
  run_warm unix ./mine workers=1
  mv mine other
  assert_equal "$(converse 'a\n')" a
  wait_for 5 waiting_is 0
  converse 'b\n' >got
  assert_equal "$(<got)" ''
  wait_for 5 figure_is programs_unstarted 1
  log_has 'pool main: cannot start .*/mine: cannot execute it: No such file or directory'
  mv other mine
  assert_equal "$(converse 'c\n')" c
  wait_for 5 waiting_is 1
  assert_equal "$(figure crashes)" 0
}

@test "nothing runs while programs wait" {
  run_warm inet ./say workers=3 max_age=1h
  converse 'x\n' >/dev/null
  wait_for 5 waiting_is 3
  try_thrice is_at_rest 0.3
}

@test "many calls leave no zombie, no descriptor and no memory behind" {
  local -
  set +T
  # It keeps the frames of the functions that never return, as a program is executed in them.
  sanitizers_leave detect_stack_use_after_return=0:quarantine_size_mb=0
  run_warm inet "sh -c 'read -r x'" workers=1
  calls_leave_no_memory 200
}

@test "a transfer of many bytes leaves the worker as small as it was" {
  ! is_sanitized || skip 'AddressSanitizer keeps memory of its own for each page'
  run_warm unix cat workers=1
  assert_equal "$(converse x)" x # what the first client costs is no part of it
  wait_for 5 waiting_is 1
  before=$(private_kb)
  head -c 3000000 /dev/zero | timeout 20 nc -NU "$socket" 3>&- | cmp - <(head -c 3000000 /dev/zero)
  wait_for 5 waiting_is 1
  (($(private_kb) - before < 64)) || fail "$before kB before, $(private_kb) kB after"
}

# Print how much memory the only worker has of its own.
private_kb() {
  awk '/^Private_Dirty/ { print $2 }' "/proc/$(worker)/smaps_rollup"
}

@test "max_age without a program that waits is refused, and datagrams with one" {
  while IFS='|' read -r settings message; do
    tr ';' '\n' <<<"mode = unix;path = s;service = program;command = cat;$settings" >a.conf
    run "$BUILD/preforkd" -t -c a.conf 3>&-
    assert_equal "$status" 78 "$settings"
    [[ $output == *"a.conf:"*"$message"* ]] || fail "$settings: $output"
  done <<'END'
max_age = 1m|max_age is for programs that wait for their clients, with 'start = warm'
start = warm;max_age = 0|max_age '0' is
start = warmer|start 'warmer' is not call or warm
start = warm;type = datagram|a program for datagrams is started by 'start = call' alone
END
  printf '%s\n' 'mode = unix' 'path = s' 'service = program' 'start = warm' 'command = cat' >a.conf
  run "$BUILD/preforkd" -t -c a.conf 3>&-
  assert_equal "$status" 0
  is_ok a.conf # idle_timeout applies
}
