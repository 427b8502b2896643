#!/usr/bin/env bats
# The end of a program that was started ahead, or that waits: at a deadline, in a stop, with its worker, by its age.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program
load helpers/warm

@test "max_age: a program that has waited for so long is replaced, and one that ignores TERM is killed" {
  run_warm unix "sh -c 'trap \"\" TERM; read -r x; echo \$\$ \$x'" workers=1 max_age=300ms kill_after=200ms
  first=$(programs)
  wait_for 5 program_count_is 2 # the old one ends beside the new one
  wait_for 5 has_ended "$first"
  assert_match "$(converse 'a\n')" '^[0-9]+ a$'
  assert_equal "$(figure crashes)" 0
  refute log_has 'while it waited'
}

# Print the whole seconds for which each waiting program may still wait: the timers of their workers.
remaining() {
  local pid
  for pid in $(workers); do
    sed -n 's/^it_value: (\([0-9]*\),.*/\1/p' "/proc/$pid/fdinfo/"*
  done
}

@test "max_age: programs that were started together are not replaced together" {
  run_warm inet ./say workers=8 max_age=10h
  wait_for 5 waiting_is 8
  remaining >left.txt
  assert_equal "$(wc -l <left.txt)" 8
  # Of 10 hours up to one less; they were started within seconds.
  (($(sort -n left.txt | head -n 1) >= 9 * 3600 - 60 && $(sort -n left.txt | tail -n 1) <= 10 * 3600))
  (($(sort -n left.txt | tail -n 1) - $(sort -n left.txt | head -n 1) > 60)) || fail "$(<left.txt)"
}

is_cut_late() {
  : >"$log"
  begin_call one connect send:$'a\n' expect:$'a\n' sleep:200 send:b sleep:200 send:c say:in expect:$'bye\n' eof
  end_call one || return
  wait_for 5 figure_is timeouts "$try" || return
  log_has 'idle_timeout is over, connection cut: .*, 4 bytes in, 2 out'
}

@test "idle_timeout holds on unix sockets too, as the worker sees the bytes; what the program then writes arrives" {
  for mode in unix inet; do
    run_warm $mode "sh -c 'trap \"echo bye; exit\" TERM; read -r x; echo \$x; while :; do read -r y || :; done'" idle_timeout=300ms workers=1
    try_thrice is_cut_late
    wait_for 5 waiting_is 1
    stop_master
    : >"$log"
  done
}

@test "at a deadline a program gets TERM, and after kill_after KILL, with its group; the worker lives" {
  while IFS='|' read -r what program; do
    run_warm inet "$program" max_connection_time=200ms kill_after=200ms workers=1
    worker=$(worker)
    converse 'x\n' >got || true
    wait_for 5 figure_is timeouts 1
    assert_equal "$(worker)" "$worker" "the worker, with a program that $what,"
    stop_master # which judges that no process is left
    : >"$log"
  done <<'END'
waits|sh -c 'read x; tail -f /dev/null'
ignores TERM|sh -c 'trap "" TERM; read x; tail -f /dev/null'
stops itself|sh -c 'read x; kill -STOP $$'
has a child that ignores TERM|sh -c 'read x; (trap "" TERM; exec tail -f /dev/null) & wait'
END
}

@test "a client that does not read what a program has left is cut at the deadline, and leaves others alone" {
  run_warm unix "sh -c 'read -r x; tail -f /dev/null 2>/dev/null >/dev/null </dev/null & echo \$! >left; head -c 300000 /dev/zero; echo done >&2'" \
    directory="$PWD" idle_timeout=1s workers=1
  begin_call one connect send:$'\n' say:in wait
  heard one in
  wait_for 5 log_has ': done$'
  wait_for 5 figure_is timeouts 1
  wait_for 5 waiting_is 1
  let_go one
  end_call one
  kill "$(<left)"
}

@test "while a client does not take what an ended program has left, its worker sleeps, and leaves it after kill_after" {
  run_warm unix "sh -c 'read -r x; cat /dev/zero'" idle_timeout=200ms kill_after=1s workers=1
  begin_call one connect send:$'\n' say:in wait
  heard one in
  wait_for 5 figure_is timeouts 1
  let_pass 0.1 # the program ends
  began=$EPOCHREALTIME before=$(sleeps "$(worker)")
  let_pass 0.5
  after=$(sleeps "$(worker)") most=$((5 + $(elapsed_ms "$began") / 100)) # where a second is over, it leaves the client
  ((after - before < most)) || fail "woken $((after - before)) times"
  wait_for 5 waiting_is 1
  let_go one
  end_call one
}

@test "max_age: kill_after holds for the old program although a client has come meanwhile, and stays" {
  run_warm unix "sh -c 'mkdir $PWD/first 2>/dev/null && trap \"\" TERM; while read -r x; do echo \$x; done'" workers=1 max_age=300ms kill_after=500ms
  first=$(programs)
  wait_for 5 test -d first
  wait_for 5 program_count_is 2
  begin_call one connect send:$'a\n' expect:$'a\n' say:in wait send:$'b\n' expect:$'b\n' half-close eof
  heard one in
  wait_for 5 is_killed "$first" # it is reaped after the client
  let_go one
  end_call one
  wait_for 5 has_ended "$first"
  wait_for 5 figure_is programs_ok 1
}

@test "max_age: each line of standard error has the pid of its program, though one ends beside another" {
  printf '%s\n' '#!/bin/sh' 'trap "echo leaves $$ >&2; echo and >&2; exit" TERM' 'echo "waits $$" >&2' 'read -r x' >speak
  chmod +x speak
  run_warm unix ./speak workers=1 max_age=200ms
  wait_for 10 has_left_thrice
  grep -E ': (waits|leaves) ' "$log" | sed -E 's/.*program ([0-9]+) .*: (waits|leaves) /\1 /' >pids
  (($(wc -l <pids) >= 6))
  refute grep -vE '^([0-9]+) \1$' pids
}

has_left_thrice() {
  (($(grep -c ': leaves ' "$log") >= 3))
}

@test "the last words of a program that waits are logged at a stop: all of them, and one without an end of line" {
  run_warm unix "sh -c 'trap \"seq -f word%080g 60 >&2; printf end >&2; exit\" TERM; read -r x'" workers=1
  pid=$(programs)
  stop_master
  assert_equal "$(grep -cE "program $pid \\(pool main\\): word[0-9]+\$" "$log")" 60
  log_has "program $pid \(pool main\): end\$"
}

have_ended_as_clients_come() { # PID...
  local pid
  converse 'x\n' >/dev/null
  for pid; do
    has_ended "$pid" || return
  done
}

@test "a program that waits ends with its worker: at a stop, when the pool shrinks, when its worker is replaced, or dies" {
  run_warm unix ./say workers=2 max_connections_per_worker=1
  mapfile -t before < <(programs)
  # The worker that replaces the first one may be the one that takes the second connection.
  wait_for 10 have_ended_as_clients_come "${before[@]}"
  wait_for 5 waiting_is 2
  "$BUILD/preforkctl" -s control scale 1 >/dev/null 3>&-
  wait_for 5 program_count_is 1
  pid=$(programs)
  expected='killed by SIGKILL'
  kill -KILL "$(ps -o ppid= -p "$pid")"
  wait_for 5 has_ended "$pid"
  wait_for 5 waiting_is 1
}

@test "a stop ends programs that wait at once, and those that ignore TERM after kill_after, with their groups" {
  for signal in TERM INT; do
    run_warm inet "sh -c 'trap \"\" TERM; (exec tail -f /dev/null) & read -r x'" kill_after=200ms
    began=$EPOCHREALTIME
    stop_master $signal # which judges that no process is left
    took=$(elapsed_ms "$began")
    ((took >= 190 && took < 4500)) || fail "stopped after $took ms"
  done
}

@test "a fast stop ends a program that serves by TERM, and by KILL after kill_after, and counts its connection as cut" {
  for mode in unix inet; do
    run_warm $mode "sh -c 'read -r x; trap \"echo was asked >&2; exit\" TERM; echo in; tail -f /dev/null & wait'"
    begin_call one connect send:$'\n' expect:'in'$'\n' say:in count
    heard one in
    stop_fast_beside_one
    : >"$log"
  done
}

@test "programs that wait end when the master has died" {
  run_warm unix ./say
  mapfile -t before < <(programs)
  kill_master
  for pid in "${before[@]}"; do
    wait_for 5 has_ended "$pid"
  done
}

@test "a reload and an upgrade under a light load lose nothing, and replace the programs that wait" {
  for mode in unix inet; do
    run_warm $mode cat workers=3
    "$BUILD/preforkload" "$endpoint" --quiet --json --expect echo --rate 50 --duration 1500ms >load.json 3>&- &
    generator=$!
    for way in reload upgrade; do
      mapfile -t before < <(workers)
      "$BUILD/preforkctl" -s control $way >/dev/null 3>&-
      [[ $way != upgrade ]] || follow_upgrade
      for pid in "${before[@]}"; do
        wait_for 10 has_ended "$pid"
      done
    done
    status=0
    wait "$generator" || status=$?
    assert_equal "$(grep -o '"failed":[0-9]*' load.json | head -n 1)" '"failed":0'
    ((status == 0 || status == 3)) # 3: this machine was too busy for the rate
    wait_for 5 waiting_is 3
    stop_master
    : >"$log"
  done
}
