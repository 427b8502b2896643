#!/usr/bin/env bats
# A program for each datagram: what it reads, what goes back, and what ends it.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program

# serve_datagrams MODE COMMAND [KEY=VALUE...]
serve_datagrams() {
  run_program "$1" "$2" type=datagram "${@:3}"
}

# Print the answer to DATA.
ask_one() { # DATA
  "$BUILD/preforkcall" "$endpoint" --datagram --timeout 10s -- "$1" 3>&-
}

# Print $endpoint as helpers/client.c takes it, for call and begin_call.
target() {
  case $endpoint in
  inet:*) echo "udp:$port" ;;
  *) echo "dgram:$socket" ;;
  esac
}

# Run helpers/client.c against the pool; sets $output.
call() {
  run timeout 20 "$bin/client" "$(target)" "$@" 3>&-
  assert_equal "$status" 0 "the exit status of client $*, with '$output',"
}

@test "a datagram is the standard input of a program, and what it writes goes back as one, on unix and inet" {
  for mode in unix inet; do
    while IFS='|' read -r command answer; do
      serve_datagrams $mode "$command"
      assert_equal "$(ask_one $'one\ntwo\n')" "$(printf %b "$answer")" "of $command"
      wait_for 5 figure_is programs_ok 1
      assert_equal "$(figure requests)" 1
      assert_equal "$(figure bytes_in)" 8
      assert_equal "$(figure bytes_out)" "$(printf %b "$answer" | wc -c)"
      stop_master
    done <<'END'
cat|one\ntwo\n
tac|two\none\n
sh -c 'read a; read b; echo "$b $a"'|two one\n
sh -c 'echo x; echo y >/dev/stdout; cat; echo z'|x\ny\none\ntwo\nz\n
sh -c 'wc -c </dev/stdin'|8\n
sh -c 'echo first; exec >&-; wc -c >/dev/null'|first\n
END
  done
}

@test "two datagrams in a row reach two programs, each with its own input and output alone" {
  for mode in unix inet; do
    serve_datagrams $mode "sh -c 'ls /proc/self/fd | tr \"\\n\" \" \"; cat; echo \$\$'" workers=1
    first=$(ask_one one)
    second=$(ask_one two)
    assert_match "$first" '^0 1 2 3 one[0-9]+$'
    assert_match "$second" '^0 1 2 3 two[0-9]+$'
    [[ ${first#*one} != "${second#*two}" ]]
    stop_master
  done
}

@test "a program for datagrams has descriptors 0, 1 and 2, default signals, a group of its own, and no other variables" {
  write_look
  inherit /dev/null
  LISTEN_FDNAMES=x NOTIFY_SOCKET="$PWD/notify" LANG=C TZ=UTC SECRET=1 serve_datagrams inet ./look environment=A=1
  ask_one x >got
  starts_clean got
  assert_equal "$(variables_of got | cut -d= -f1 | tr '\n' ' ')" \
    'A LANG PATH PROTO REMOTE_ADDR REMOTE_PORT TZ UDPLOCALIP UDPLOCALPORT UDPREMOTEIP UDPREMOTEPORT '
}

@test "a program for datagrams knows the peer by its environment" {
  serve_datagrams inet env
  ask_one x >got
  grep -x PROTO=UDP got
  grep -x 'UDPLOCALIP=127.0.0.1' got
  grep -x "UDPLOCALPORT=$port" got
  grep -x 'UDPREMOTEIP=127.0.0.1' got
  grep -x 'REMOTE_ADDR=127.0.0.1' got
  remote=$(sed -n 's/^UDPREMOTEPORT=//p' got)
  grep -x "REMOTE_PORT=$remote" got
  stop_master
  serve_datagrams unix "sh -c 'echo \$PROTO \$UNIXLOCALPATH \$UNIXREMOTEPATH \$UNIXREMOTEPID'"
  call from:@me connect send:A expect:"UNIX $PWD/s @me"$'\n'
}

@test "a program without output sends nothing; one that a signal ends sends none of its half; one that fails sends" {
  for mode in unix inet; do
    serve_datagrams $mode "sh -c 'read n; [ \"\$n\" = q ] || echo \$n; case \$n in k) kill -9 \$\$ ;; f) exit 1 ;; esac'"
    call from:@me connect send:q send:k sleep:300 nothing send:f expect:f$'\n' send:o expect:o$'\n'
    wait_for 5 figure_is programs_ok 2
    assert_equal "$(figure programs_signalled) $(figure programs_failed) $(figure accepted)" '1 1 4'
    assert_equal "$(figure requests) $(figure dropped)" '3 1' "requests and dropped, on $mode,"
    stop_master
  done
}

@test "65,507 bytes go there and back over UDP; a longer answer is cut, and the log says so" {
  serve_datagrams inet cat
  call connect datagram:65507 receive
  assert_match "$output" '^65507 bytes'
  stop_master
  serve_datagrams inet 'head -c 300000 /dev/zero'
  call connect send:x receive
  assert_match "$output" '^65507 bytes'
  wait_for 5 log_has 'program [0-9]+ \(pool main\): its answer is too long for a datagram, and was cut after 65507 bytes'
  wait_for 5 figure_is programs_ok 1
  stop_master
  serve_datagrams unix cat
  call from:@me connect datagram:65536 receive
  assert_match "$output" '^65536 bytes'
}

@test "a datagram without an address to answer reaches its program, and the answer is dropped" {
  serve_datagrams unix "sh -c 'cat >>received; echo answer'" directory=.
  call connect send:one
  wait_for 5 figure_is dropped 1
  assert_equal "$(<received)" one
}

@test "a process that is left behind keeps no worker, and its output goes to no other client" {
  serve_datagrams inet "sh -c 'echo \$\$; (exec perl -e \"select undef, undef, undef, 1; print 1\") & exit'" workers=1
  first=$(ask_one x)
  second=$(ask_one x)
  assert_match "$first $second" '^[0-9]+ [0-9]+$'
  let_pass 1.5 # until they have written
}

@test "at a deadline a program for a datagram gets TERM, and after kill_after KILL; the socket serves on" {
  for mode in unix inet; do
    for program in 'tail -f /dev/null' "sh -c 'trap \"\" TERM; tail -f /dev/null'"; do
      serve_datagrams $mode "$program" max_connection_time=200ms kill_after=200ms workers=1 log_connections=yes
      worker=$(worker)
      for i in 1 2; do
        call from:@me connect send:x
        wait_for 5 figure_is timeouts $i
        wait_for 5 program_count_is 0
      done
      wait_for 5 log_has 's, cut$'
      assert_equal "$(worker)" "$worker"
      stop_master
      log_has 'max_connection_time is over, connection cut'
      : >"$log"
    done
  done
}

@test "a program that ends on TERM at a deadline still answers its datagram; idle_timeout counts from the datagram" {
  serve_datagrams inet "sh -c 'trap \"echo bye; exit\" TERM; tail -f /dev/null & wait'" idle_timeout=200ms
  assert_equal "$(ask_one x)" bye
  wait_for 5 log_has 'idle_timeout is over, connection cut'
}

@test "a fast stop ends a program for a datagram, and counts it as cut; a reload and an upgrade let it answer" {
  for mode in unix inet; do
    serve_datagrams $mode "sh -c 'trap \"\" TERM; echo in >&2; tail -f /dev/null'" kill_after=200ms stop_timeout=100ms
    call from:@me connect send:x
    wait_for 5 log_has ': in$'
    stop_master
    log_has 'stopped: pool main, 0 connections and 0 requests served, 1 cut'
    : >"$log"
    [[ -p go ]] || mkfifo go
    for way in reload upgrade; do
      serve_datagrams $mode "sh -c 'echo in >&2; read x <go; echo done'" directory=.
      begin_call one from:@me connect send:x say:sent expect:done$'\n'
      wait_for 5 log_has ': in$'
      "$BUILD/preforkctl" -s control $way 3>&-
      [[ $way != upgrade ]] || follow_upgrade
      echo >go
      end_call one
      stop_master
      : >"$log"
    done
  done
}

@test "many datagrams leave no descriptor and no memory behind; a missing program is unstarted" {
  local - i before
  set +T
  sanitizers_leave detect_stack_use_after_return=0:quarantine_size_mb=0
  cp /bin/cat mine
  serve_datagrams inet ./mine workers=1
  for ((i = 0; i < 20; i++)); do call connect send:x expect:x; done
  before=$(resident_kb)
  for ((i = 0; i < 60; i++)); do call connect send:x expect:x; done
  (($(resident_kb) <= before + 128))
  rm mine
  call connect send:x
  wait_for 5 figure_is programs_unstarted 1
  assert_equal "$(figure dropped)" 1
  log_has 'cannot start .*/mine: cannot execute it: No such file or directory'
}
