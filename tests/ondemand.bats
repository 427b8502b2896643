#!/usr/bin/env bats
# Pools of 0..N: no worker until a client connects, the master watches the listener meanwhile, and no client
# that connects while the last one leaves is lost.

# shellcheck disable=SC2154,SC2034 # helpers/common sets them

load helpers/common
load helpers/background_load
load helpers/ctl
load helpers/port
load helpers/trace
load helpers/upgrade
load helpers/worker

# serve_on_demand MODE KEY=VALUE...: a pool of 0..8 that keeps idle workers for 100 ms.
serve_on_demand() {
  serve "$1" workers=0..8 spare_timeout=100ms control=control "${@:2}"
  worker_count_is 0
}

rests() {
  wait_for 10 worker_count_is 0
}

# stop_and_count CONNECTIONS: all of them were served.
stop_and_count() {
  stop_master
  log_has "stopped: pool main, $1 connections and $1 requests served, 0 cut, 0 refused, 0 dropped"
}

@test "streams and datagrams: a pool is ready without a worker, a client gets one, and it leaves when it is idle" {
  for mode in unix inet; do
    for type in stream datagram; do
      serve_on_demand $mode type=$type
      log_has 'ready: pool main, 0 workers on '
      for _ in 1 2; do
        if [[ $type == stream ]]; then
          assert_equal "$(ask)" 'char from server = B'
        else
          assert_equal "$(ask --datagram)" 'char from server = B'
        fi
        rests
      done
      refute log_has 'worker [0-9]|fail'
      stop_and_count 2
    done
  done
}

@test "a program on call, and one that is started ahead: none until a client connects" {
  for start in call warm; do
    for mode in unix inet; do
      serve_on_demand $mode service=program start=$start command='tr a-z A-Z' max_connection_time=10s
      call connect send:one half-close expect:ONE eof
      rests
      call connect send:two half-close expect:TWO eof
      stop_master
      log_has 'stopped: pool main, 2 connections and'
    done
  done
}

@test "a client that connects and leaves at once gets a worker, which leaves too" {
  for mode in unix inet; do
    serve_on_demand $mode defer_accept=no log_level=debug
    call connect
    wait_for 5 log_has 'worker [0-9]+ \(pool main, slot 0\) exited with status 0'
    rests
    stop_master
  done
}

@test "a client that is silent gets no worker where defer_accept holds it back" {
  serve_on_demand inet defer_accept=5s
  begin_call silent connect say:in wait send:A expect:B
  heard silent in
  let_pass 0.2
  worker_count_is 0
  let_go silent
  end_call silent
}

@test "it grows while clients are busy, with spare workers, and is empty again after them" {
  serve_on_demand unix spare=2 requests_per_connection=unlimited
  for count in 1 2 3 4 5 6 7 8; do
    hold "client$count"
    wait_for 5 worker_count_is $((count + 2 > 8 ? 8 : count + 2))
  done
  for count in 1 2 3 4 5 6 7 8; do
    release "client$count"
  done
  rests
}

@test "a pool of 0..1 has one worker while it is needed, and does not report each client as the most that it can serve" {
  serve unix workers=0..1 spare_timeout=100ms requests_per_connection=unlimited
  hold first
  begin_call second connect send:A expect:B half-close eof
  let_pass 0.2
  worker_count_is 1
  release first
  end_call second
  rests
  refute log_has 'workers are'
}

@test "clients that connect just while the last worker leaves are all served, and soon" {
  for mode in unix inet; do
    # Each client comes when the only worker has been idle for about so long. No other one is there to be seen in
    # place of it, and a busy machine may keep the load from its rate: status 3.
    serve $mode workers=0..4 spare=1 spare_timeout=4ms log_level=info
    "$BUILD/preforkload" "$endpoint" --quiet --json --rate 220 --duration 1500ms --connections 1 --timeout 5s >report 3>&- ||
      (($? == 3))
    assert_match "$(<report)" '"failed":0,'
    (($(grep -c 'exited with status 0' "$log") > 10)) || fail "$(<"$log")"
    stop_master
    assert_match "$(<"$log")" 'stopped: pool main, [0-9]+ connections.* 0 cut, 0 refused'
  done
}

makes_no_call() {
  trace "$master" -f
  local result=0
  is_at_rest 1 || result=1
  end_trace
  ((result == 0)) && refute grep -vE 'epoll_wait\(|^strace|detached' trace.out && assert_equal "$(grep -c 'epoll_wait(' trace.out)" 1
}

@test "at rest no process is woken, and the master makes no system call" {
  serve_on_demand unix
  ask
  rests
  try_thrice makes_no_call
}

@test "while a worker is there, clients do not wake the master" {
  for workers in 0..8 0..1; do
    for mode in unix inet; do
      # A deadline would have it look whether one is late, a few times a second.
      serve $mode workers=$workers idle_timeout=none
      ask
      let_pass 0.2
      before=$(sleeps "$master")
      "$BUILD/preforkload" "$endpoint" --quiet --requests 2500 --connections 1 >report 3>&-
      (($(sleeps "$master") - before < 50)) || fail "woken $(($(sleeps "$master") - before)) times by 2,500 clients of $workers, $mode"
      stop_master
    done
  done
}

@test "while workers fail and clients wait, the master waits for the backoff, and does not spin" {
  command -v prlimit >/dev/null || skip 'no prlimit'
  sanitizers_leave detect_leaks=0 # LeakSanitizer needs descriptors
  for mode in unix inet; do
    serve_on_demand $mode
    starve
    begin_call waiting -n 3 connect send:A half-close expect:B
    wait_for 5 log_has 'pool main: 3 workers in a row failed; the next starts in 1 s'
    trace "$master" -c -U calls
    began=$EPOCHREALTIME
    begin_call more -n 3 connect send:A half-close say:queued expect:B
    heard more queued
    let_pass 0.5
    end_trace
    passed_ms=$(elapsed_ms "$began")
    prlimit --pid "$master" --nofile="$limit:"
    calls=$(awk '{ sum += $1 } END { print sum + 0 }' trace.out)
    # A worker that starts and fails takes some 30; in a second there is one.
    ((calls < 100 + 100 * passed_ms / 1000)) || fail "$calls system calls in $passed_ms ms of the backoff"
    end_call waiting
    end_call more
    stop_master
    rm -f trace.out
  done
}

@test "why and status: a pool without a worker is in order" {
  serve_on_demand unix
  ctl why
  expect 0 '^pool main: healthy: no worker until a client connects, 8 at most, nothing queued$'
  ctl status
  expect 0 'main  running     0     0     0\.\.8  0/'
  ctl status --json
  expect 0 '"workers":0,"min":0,"max":8,'
  ctl top
  expect 0 'main +0 +0 +8 +0'
}

@test "scale sets how many there are at least, none again with 0" {
  serve_on_demand inet
  ctl scale 3
  expect 0
  wait_for 5 worker_count_is 3
  let_pass 0.3
  worker_count_is 3
  ctl scale 0
  expect 0
  rests
  assert_equal "$(ask)" 'char from server = B'
  ctl scale 9
  expect 1 "'9' is too large \(0 to 8\)"
}

@test "a reload from and to 0..N, under load: no request fails" {
  for mode in unix inet; do
    serve $mode control=control
    begin_load
    for workers in 0..8 4 0..8 0..2; do
      sed -i "s/^workers = .*/workers = $workers/" master.conf
      sed -i '/^#/d' master.conf
      ctl reload
      expect 0
      wait_for 5 log_has 'reloaded'
    done
    end_load
    stop_master
    log_has 'stopped: pool main, .* 0 cut, 0 refused'
  done
}

@test "a reload is done without a worker of a pool of 0..N" {
  serve unix control=control
  sed -i 's/^workers = .*/workers = 0..4/' master.conf
  ctl reload
  expect 0 'reloaded'
  rests
  log_has 'ready: pool main, 0 workers on unix:'
  assert_equal "$(ask)" 'char from server = B'
}

@test "an upgrade at rest and under load: no request fails, and the successor has no worker until a client connects" {
  for mode in unix inet; do
    serve_on_demand $mode
    upgrade
    follow_upgrade
    worker_count_is 0
    assert_equal "$(ask)" 'char from server = B'
    begin_load
    upgrade
    follow_upgrade
    end_load
    rests
    stop_master
    log_has 'stopped: pool main, .* 0 cut, 0 refused'
  done
}

# queue_clients N: connect them while the master is stopped; nothing accepts.
queue_clients() {
  kill -STOP "$master"
  begin_call queued -n "$1" connect send:A half-close say:queued expect:B eof
  heard queued queued
}

@test "clients that connect while the master is stopped are served when it goes on" {
  for mode in unix inet; do
    serve_on_demand $mode
    queue_clients 1
    kill -CONT "$master"
    end_call queued
    stop_and_count 1
  done
}

@test "a stop serves clients that are queued although there is no worker, and ends at once where none are" {
  for mode in unix inet; do
    serve_on_demand $mode
    kill -STOP "$master"
    for each in one two three; do
      begin_call $each connect send:A half-close say:queued expect:B eof
      heard $each queued
    done
    kill -TERM "$master"
    kill -CONT "$master"
    for each in one two three; do
      end_call $each
    done
    await_master master 0
    log_has 'stopped: pool main, 3 connections and 3 requests served, 0 cut, 0 refused'
    serve_on_demand $mode log_level=debug
    stop_master
    refute log_has 'worker [0-9]'
  done
}

@test "a stop answers datagrams that are queued although there is no worker" {
  for mode in unix inet; do
    serve_on_demand $mode type=datagram
    kill -STOP "$master"
    ask --datagram >answer &
    asking=$!
    wait_for 5 receives_datagrams
    kill -TERM "$master"
    kill -CONT "$master"
    wait "$asking"
    assert_equal "$(<answer)" 'char from server = B'
    await_master master 0
  done
}

# Whether a datagram is queued at the master's socket, or may be: of unix sockets the kernel says nothing in /proc.
receives_datagrams() {
  [[ $endpoint == unix:* ]] && let_pass 0.2 && return
  awk -v port="$(printf ':%04X' "$port")" 'substr($2, 9) == port && substr($5, 10) != "00000000" { found = 1 }
    END { exit !found }' /proc/net/udp
}

@test "where no process can be made for the first client, it is served when one can" {
  command -v strace >/dev/null || skip 'no strace'
  sanitizers_leave detect_leaks=0
  # Root's first process is the one that checks whether it can be the pool's user.
  runner=(strace -o trace -e 'trace=clone,?fork' -e "inject=clone,?fork:error=EAGAIN:when=$((EUID == 0 ? 2 : 1))")
  serve_on_demand unix
  assert_equal "$(ask)" 'char from server = B'
  log_has 'pool main: cannot fork a worker, trying again'
  log_has 'pool main: forking workers again'
}

@test "workers that have served max_connections_per_worker are replaced, and none is left at the end" {
  serve_on_demand unix max_connections_per_worker=20
  "$BUILD/preforkload" "$endpoint" --quiet --requests 1000 --connections 3 >report 3>&-
  assert_match "$(<report)" 'ok 1000, failed 0'
  rests
  stop_and_count 1000
}

@test "the death of the master leaves nothing behind: its address is free at once" {
  a=$(free_port)
  for mode in unix inet; do
    serve_on_demand $mode port="$a"
    kill_master
    serve_on_demand $mode port="$a"
    assert_equal "$(ask)" 'char from server = B'
    stop_master
  done
}

@test "a socket that a service manager handed in is watched, again and again" {
  a=$(free_port)
  runner=("$bin/hand_in" "web=127.0.0.1,$a" --)
  serve_on_demand inet port="$a"
  assert_equal "$(ask)" 'char from server = B'
  rests
  assert_equal "$(ask)" 'char from server = B'
}

@test "a listener that another process shuts down is mended, and watched again" {
  for mode in unix inet; do
    serve_on_demand $mode
    ask
    rests
    "$bin/shut_down" "$master" || skip 'descriptors may not be taken here'
    wait_for 5 log_has 'another process has shut its listener down'
    wait_for 5 log_has 'listens again|renewed: generation 2'
    for _ in 1 2; do
      assert_equal "$(ask)" 'char from server = B'
      rests
    done
    stop_master
  done
}

@test "a listener that cannot be watched has a worker instead, and the log says why" {
  command -v strace >/dev/null || skip 'no strace'
  sanitizers_leave detect_leaks=0
  runner=(strace -f -o trace -e trace=epoll_ctl)
  serve_on_demand unix
  wait_for 5 grep -q 'EPOLL_CTL_MOD.*EPOLLRDHUP' trace
  stop_master
  nth=$(grep 'epoll_ctl(' trace | grep -n -m 1 'EPOLL_CTL_MOD.*EPOLLRDHUP' | cut -d: -f1)
  runner=(strace -o trace -e trace=epoll_ctl -e "inject=epoll_ctl:error=ENOMEM:when=$nth")
  serve unix workers=0..8 spare_timeout=100ms control=control
  wait_for 5 log_has "cannot watch the listener unix:.* for clients: (Cannot allocate memory|Out of memory)"
  assert_equal "$(ask)" 'char from server = B'
  rests
  assert_equal "$(ask)" 'char from server = B'
}

@test "the example: three pools, no process until a client connects" {
  mkdir conf
  cp -r "$BATS_TEST_DIRNAME/../conf/examples" conf
  start_master < <(sed 's/^port = .*/port = 0/; s/^spare_timeout = .*/spare_timeout = 100ms/' conf/examples/ondemand/ondemand.conf)
  worker_count_is 0
  assert_match "$("$BUILD/preforkcall" -c master.conf -p free '' 3>&-)" ' /$'
  assert_equal "$("$BUILD/preforkcall" -c master.conf -p echo hello 3>&-)" hello
  use_master master daytime
  assert_match "$(ask '')" '-UTC'
  rests
  [[ $("$BUILD/preforkctl" -c master.conf why 3>&- | grep -c 'healthy: no worker until a client connects, 8 at most') == 3 ]]
}
