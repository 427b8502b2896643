#!/usr/bin/env bats
# Programs that behave as no program should: each costs its own client something, and no other. The table is
# in preforkd.conf(5), WHAT BECOMES OF IT.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program
load helpers/trace

# outcome NAME N LOG: so many programs ended so, the log has that, and no worker has crashed.
outcome() {
  wait_for 5 figure_is "$1" "$2" || fail "$1 is $(figure "$1")"
  [[ ! $3 ]] || wait_for 5 log_has "$3"
  assert_equal "$(figure crashes)" 0
}

@test "what cannot be executed any more is unstarted, with the reason, and is tried again at the next connection" {
  printf '#!%s\necho ran\n' "$PWD/interpreter" >script
  cp /bin/sh interpreter
  chmod +x script
  run_program unix ./script workers=1
  assert_equal "$(converse '')" ran
  while IFS='|' read -r breakage count reason; do
    eval "$breakage"
    converse ''
    outcome programs_unstarted "$count" "cannot start .*/script: cannot execute it: $reason"
    : >"$log"
    let_pass 1 # a second has one line
  done <<'END'
rm interpreter|1|No such file or directory
cp /bin/sh interpreter; chmod -x script|2|Permission denied
rm script; mkdir script|3|Permission denied
rmdir script; echo no first line >script; chmod +x script|4|Exec format error
END
  printf '#!/bin/sh\necho again\n' >script
  assert_equal "$(converse '')" again
}

@test "without its directory no program is started, on call, warm or resident, and the log says why" {
  while IFS='|' read -r settings command; do
    mkdir -p place
    # shellcheck disable=SC2086 # words
    run_program unix "$command" workers=1 directory="$PWD/place" $settings
    rmdir place
    expected=
    if [[ $settings == start=resident* ]]; then
      expected='killed by SIGKILL|exited with status 71'
      kill -KILL "$(worker)"
    else
      converse 'x\n' >/dev/null # with start = warm one waits, in the directory that is gone
      converse 'x\n' >/dev/null
      outcome programs_unstarted "$([[ $settings == start=warm ]] && echo 1 || echo 2)" ''
    fi
    wait_for 5 log_has 'pool main: cannot start .*: cannot change to its directory: No such file or directory'
    stop_master
    : >"$log"
  done <<END
start=call|cat
start=warm|cat
start=resident ready_after=50ms|$bin/resident
END
}

@test "a child in a process group of its own is left alone at a deadline, and holds neither client nor worker" {
  run_program inet "perl -e 'if (fork) { wait } else { setpgrp; exec qw(tail -f /dev/null -s 86397) }'" \
    max_connection_time=200ms kill_after=200ms workers=1
  worker=$(worker)
  begin_call one connect send:x eof
  end_call one
  wait_for 5 figure_is timeouts 1
  wait_for 5 figure_is busy 0
  assert_equal "$(worker)" "$worker"
  kill "$(pgrep -xf 'tail -f /dev/null -s 86397')"
}

@test "a program that is removed or replaced while it runs ends as it is, the next one is the new one" {
  printf '#!/bin/sh\necho old\nread x\necho "$x"\n' >script
  chmod +x script
  run_program inet ./script
  begin_call one connect expect:'old'$'\n' say:in wait send:'yes'$'\n' expect:'yes'$'\n' eof
  heard one in
  printf '#!/bin/sh\necho new\n' >other
  chmod +x other
  mv other script
  assert_equal "$(converse '')" new
  begin_call two connect expect:'new'$'\n' eof
  end_call two
  rm script
  let_go one
  end_call one
  wait_for 5 figure_is programs_ok 3
}

@test "programs that end at once, never read, never write, close their descriptors or daemonize end their connections" {
  while IFS='|' read -r what command answer figure; do
    for mode in unix inet; do
      run_program $mode "$command" workers=1
      for i in 1 2; do # the second has the same worker
        assert_equal "$(converse 'data\n' || true)" "$answer" "the answer of a program that $what, on $mode,"
      done
      outcome "$figure" 2 ''
      [[ $what != daemonizes ]] || kill $(pgrep -xf 'tail -f /dev/null -s 86399')
      stop_master
    done
  done <<'END'
ends at once|true||programs_ok
never reads|echo answer|answer|programs_ok
never writes|sh -c 'cat >/dev/null'||programs_ok
closes its input|sh -c 'exec <&-; echo answer'|answer|programs_ok
closes its output|sh -c 'echo answer; exec >&-; cat >/dev/null'|answer|programs_ok
fails|sh -c 'echo answer; exit 1'|answer|programs_failed
daemonizes|sh -c 'echo answer; exec setsid -f tail -f /dev/null -s 86399'|answer|programs_ok
END
}

@test "a program that goes on writing when its client is gone ends by SIGPIPE, and is counted as gone" {
  for mode in unix inet; do
    run_program $mode yes workers=1
    for i in 1 2 3; do
      begin_call one connect expect:y$'\n' say:in reset
      end_call one
    done
    outcome programs_gone 3 ''
    stop_master
  done
}

@test "a line of a megabyte on standard error is cut, and is one line" {
  run_program inet "sh -c 'echo \$\$; head -c 1000000 /dev/zero | tr \"\\\\0\" x >&2; echo >&2; echo behind >&2'"
  pid=$(converse '')
  wait_for 5 log_has "program $pid \(pool main\): behind\$"
  log_has "program $pid \(pool main\): x{2048} \.\.\. \(the line is longer, and was cut here\)\$"
  assert_equal "$(grep -c "program $pid" "$log")" 2
}

@test "a script that its user may execute and not read fails, and says so on standard error" {
  as_another_user
  printf '#!/bin/sh\necho ran\n' >script
  chmod 711 script
  run_program unix ./script
  converse ''
  outcome programs_failed 1 'program [0-9]+ \(pool main\): .*(cannot open|an.t open).*script'
}

@test "without another process to be had a client reads end of file, and is served once there is one" {
  as_another_user
  run_program unix 'echo answer' workers=1
  # The master and its worker are all that this user has.
  "${runner[@]}" prlimit --pid "$(worker)" --nproc=2:100
  converse ''
  outcome programs_unstarted 1 'cannot start .*echo: cannot make a process for it: Resource temporarily unavailable'
  "${runner[@]}" prlimit --pid "$(worker)" --nproc=100:100
  assert_equal "$(converse '')" answer
}

@test "a set-user-ID program that its worker cannot end is left by its worker, and its client reads end of file" {
  as_another_user
  cp "$(command -v setpriv)" become_root
  chmod 4755 become_root
  [[ $("${runner[@]}" ./become_root --reuid=0 id -ru) == 0 ]] || skip 'set-user-ID means nothing here'
  run_program inet './become_root --reuid=0 tail -f /dev/null -s 86398' workers=1 max_connection_time=200ms kill_after=100ms no_new_privileges=no
  worker=$(worker)
  begin_call one connect eof
  end_call one
  wait_for 5 log_has 'program [0-9]+ \(pool main\) does not end although it was killed: its worker leaves it'
  wait_for 5 worker_is_another "$worker"
  kill -KILL "$(pgrep -xf 'tail -f /dev/null -s 86398')"
}

worker_is_another() { # PID
  local now
  now=$(worker)
  [[ $now && $now != "$1" ]]
}

# Begin helpers/send_along in the background; it has done its part, with that outcome.
send_along() { # OUTCOME [PATH]
  "$bin/send_along" "${2-$socket}" >along.out 3>&- &
  along=$!
  wait_for 5 grep -qx "$1" along.out
}

@test "a client in the queue that has sent a connection along, whose end waits for a minute, holds up no stop" {
  run_program unix 'tail -f /dev/null' workers=1 kill_after=200ms
  begin_call one connect send:A say:in count
  heard one in
  wait_for 5 program_count_is 1
  send_along sent
  kill -TERM "$master"
  wait_for 5 log_has 'stopping: waiting'
  began=$EPOCHREALTIME
  stop_master INT
  (($(elapsed_ms "$began") < 20000))
  kill "$along"
  end_call one
}

@test "where no program has the socket, no client can send a descriptor along" {
  version=$(uname -r)
  IFS=. read -r major minor _ <<<"$version"
  ((major > 6 || (major == 6 && ${minor%%[!0-9]*} >= 16))) || skip "Linux $version has no SO_PASSRIGHTS"
  for settings in service=echo 'service=program start=warm command=cat'; do
    # shellcheck disable=SC2086 # words
    serve unix $settings control=control
    send_along refused
    clients=("$along")
    send_along refused control
    kill "${clients[@]}" "$along"
    stop_master
  done
}

@test "a program that hangs before it runs, as on a file server that is gone, holds nothing of its worker's" {
  run_program unix true workers=1
  trace "$(worker)" -f -e trace=close_range,chdir,execve
  converse ''
  wait_for 5 figure_is programs_ok 1
  end_trace
  grep -oE '(close_range|chdir|execve)\([^,)]*' trace.out >calls
  assert_equal "$(tr '\n' ' ' <calls)" "close_range(3 chdir(\"/\" execve(\"$(type -P true)\" "
  grep -E 'close_range\(3, (4294967295|~0U), 0\) += 0' trace.out
}
