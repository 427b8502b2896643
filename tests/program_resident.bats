#!/usr/bin/env bats
# start = resident: each slot runs the program itself, which accepts.

# shellcheck disable=SC2154,SC2034 # helpers set them

load helpers/common
load helpers/program
load helpers/residents
load helpers/reload
load helpers/background_load
load helpers/trace

state_is() { # STATE
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -q "\"main\":{\"state\":\"$1\""
}

@test "each slot is the program, with the listener as descriptor 3 or 0, blocking or not, on unix and inet" {
  for mode in unix inet; do
    for variant in '3 yes' '3 no' '0 no' '0 yes'; do
      read -r descriptor nonblocking <<<"$variant"
      run_resident $mode "-d $descriptor -p" listener_descriptor="$descriptor" nonblocking="$nonblocking"
      [[ " $(workers | tr '\n' ' ') " == *" $(served_by) "* ]]
      stop_master
      log_has 'stopped: pool main, connections of its programs unknown, 0 refused'
      : >"$log"
    done
  done
}

@test "a resident program has its descriptors, default signals, a group of its own and the variables of sd_listen_fds" {
  exec 8</dev/null
  run_resident inet '-l' workers=1 \
    environment='A=1 B="two words" ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0'
  exec 8<&-
  wait_for 5 log_has 'program [0-9]+ \(pool main\): PATH='
  sed -n 's/.*: program [0-9]* (pool main): //p' "$log" | grep -v '^LANG=\|^TZ=\|_OPTIONS=' >got
  diff - got <<'END'
descriptor 0
descriptor 1
descriptor 2
descriptor 3 nonblocking
death signal 15
group own
B=two words
A=1
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LISTEN_FDS=1
LISTEN_PID own
LISTEN_FDNAMES=main
END
  stop_master
  : >"$log"
  run_resident unix '-l -d 0 -s 3' workers=1 listener_descriptor=0 stop_signal=QUIT
  wait_for 5 log_has 'program [0-9]+ \(pool main\): PATH='
  log_has 'descriptor 2$'
  refute log_has 'descriptor 3|LISTEN_|nonblocking'
  log_has 'death signal 3$'
}

@test "reloads and upgrades under load lose nothing with a program that finishes on its signal" {
  local i
  for mode in unix inet; do
    for variant in '3 yes' '0 no'; do
      read -r descriptor nonblocking <<<"$variant"
      run_resident $mode "-d $descriptor" listener_descriptor="$descriptor" nonblocking="$nonblocking" ready_after=20ms
      begin_load
      for i in 1 2 3; do
        reload
      done
      "$BUILD/preforkctl" -s control upgrade 3>&-
      follow_upgrade
      end_load
      stop_master
      : >"$log"
    done
  done
}

@test "ready_after gates the start, a reload and an upgrade" {
  run_resident unix -p ready_after=300ms workers=1
  (($(grep -c 'ready: pool' "$log") == 1))
  old=$(served_by)
  began=$EPOCHREALTIME
  reload
  (($(elapsed_ms "$began") >= 290))
  wait_for 5 has_ended "$old"
  began=$EPOCHREALTIME
  "$BUILD/preforkctl" -s control upgrade 3>&-
  (($(elapsed_ms "$began") >= 290))
  follow_upgrade
}

@test "a program that ends before it is ready has crashed, with backoff; a reload to it is refused, the old one serves on" {
  run_resident inet -p workers=1
  old=$(served_by)
  sed -i '/^control/d' master.conf
  printf '%s\n' 'mode = inet' "port = $port" 'workers = 1' 'service = program' 'start = resident' \
    "command = $bin/resident -x 0" >other.conf
  cp other.conf master.conf
  stop_master
  : >"$log"
  start_master -ocontrol=control <<<"$(sed "s/-x 0/-p/" other.conf)"
  old=$(served_by)
  cp other.conf master.conf
  run timeout 20 "$BUILD/preforkctl" -s control reload 3>&-
  assert_equal "$status" 1
  assert_match "$output" 'pool main: its programs fail'
  log_has '3 programs in a row failed'
  assert_equal "$(served_by)" "$old"
  sed "s|command = .*|command = $PWD/gone|" other.conf >master.conf
  cp "$bin/resident" gone
  reload
  wait_for 5 has_ended "$old"
  rm gone
  kill -KILL "$(worker)"
  expected='killed by SIGKILL'
  wait_for 5 log_has 'pool main: cannot start .*/gone: cannot execute it: No such file or directory'
  wait_for 5 log_has '3 programs in a row failed; the next starts in 1 s'
  # Each time that this is over, the next one fails within milliseconds.
  wait_for 5 why_says 'pool main: programs fail one after another, the next one starts in '
}

why_says() {
  "$BUILD/preforkctl" -s control why 3>&- | grep -q "$1"
}

@test "an exit with 0 once it was ready is a replacement: no crash, no backoff" {
  run_resident inet '-p -q 3' workers=1
  for ((i = 0; i < 12; i++)); do
    wait_for 5 is_steady
    first=$(served_by)
    assert_match "$first" '^[0-9]+$'
  done
  wait_for 5 figure_is workers 1
  assert_equal "$(figure crashes)" 0
  assert_equal "$(figure backoff_ns)" 0
  refute log_has 'failed'
}

@test "a program that crashes, or is killed, once it was ready is replaced at once, and counted" {
  run_resident unix '-p -u' workers=2
  expected='killed by SIG(ABRT|KILL)'
  for ((i = 1; i <= 4; i++)); do
    wait_for 5 figure_is starting 0
    converse X || true
    wait_for 5 figure_is crashes $i
  done
  wait_for 5 figure_is starting 0
  kill -KILL "$(worker)"
  wait_for 5 figure_is crashes 5
  assert_match "$(served_by)" '^[0-9]+$'
  refute log_has 'in a row failed'
  log_has 'program [0-9]+ \(pool main, slot [0-9]+\) killed by SIGABRT.*, after [0-9.]+ s'
}

@test "a stop serves the clients that are queued, on unix and inet; those that no program accepts are refused" {
  for mode in unix inet; do
    run_resident $mode '-t 50' workers=1
    begin_call queue -n 5 connect say:in send:A expect:B eof
    heard queue in
    let_pass 0.03
    stop_master
    end_call queue
    log_has 'programs unknown, 0 refused'
    : >"$log"
    run_resident $mode '-t 30000' workers=1 stop_timeout=300ms kill_after=100ms
    begin_call one connect send:A say:in count
    begin_call queue -n 3 connect send:A say:in count
    heard one in
    heard queue in
    wait_for 5 figure_is queue 3
    stop_master
    end_call one
    end_call queue
    log_has 'programs unknown, 3 refused'
    : >"$log"
  done
}

@test "what is not known of a resident program is null, and - for people; the queue, crashes and processes are known" {
  run_resident inet -p
  served_by
  for name in busy idle accepted requests bytes_in bytes_out timeouts took_sum_ns accepted_1s oldest_ns programs_ok; do
    assert_equal "$(figure $name)" null "$name"
  done
  assert_equal "$(figure workers) $(figure queue) $(figure crashes) $(figure starting)" '2 0 0 0'
  run "$BUILD/preforkctl" -s control workers 3>&-
  assert_match "$output" "main +0 +$(worker) +1 +running .* - +-"
  run "$BUILD/preforkctl" -s control why 3>&-
  assert_match "$output" 'pool main: the number of busy programs is unknown, nothing queued'
  "$BUILD/preforkctl" -s control metrics 3>&- >metrics.txt
  refute grep -E 'connections_total\{|workers_busy\{|duration_seconds_(bucket|sum)' metrics.txt
  grep -q 'preforkd_workers{master="master",pool="main"} 2' metrics.txt
}

@test "keys that need to see connections are errors with their place, and so is a range of workers" {
  while IFS='|' read -r setting column key; do
    printf '%s\n' 'mode = unix' 'path = s' 'service = program' 'command = cat' 'start = resident' "$setting" >a.conf
    run "$BUILD/preforkd" -t -c a.conf 3>&-
    assert_equal "$status" 78 "$setting"
    assert_match "$output" "a.conf:6:$column: $key (does not apply with start = resident|has to be one number)"
  done <<'END'
idle_timeout = 30s|16|idle_timeout
max_connection_time = 1m|23|max_connection_time
max_connections_per_worker = 9|30|max_connections_per_worker
log_connections = yes|19|log_connections
linger = 1s|10|linger
proxy_protocol = required|18|proxy_protocol
workers = 1..4|11|workers
workers = 0..4|11|workers
END
  printf '%s\n' 'idle_timeout = 30s' '[pool a]' 'mode = unix' 'path = s' 'service = program' 'command = cat' \
    'start = resident' 'idle_timeout = none' >a.conf
  "$BUILD/preforkd" -t -c a.conf 3>&-
  "$BUILD/preforkd" -T -c a.conf 3>&- >dump
  grep -x 'listener_descriptor = 3  # default' dump
  grep -x 'nonblocking = yes  # default' dump
  "$BUILD/preforkd" -t -c dump 3>&-
}

@test "whether the listener blocks changes by a restart alone: a reload and an upgrade say so" {
  for mode in unix inet; do
    run_resident $mode "-d 3 -p" workers=1
    old=$(served_by)
    sed -i '/^nonblocking/d' master.conf
    echo 'nonblocking = no' >>master.conf
    for way in reload upgrade; do
      run timeout 20 "$BUILD/preforkctl" -s control $way 3>&-
      assert_equal "$status" 1
      assert_match "$output" "is non-blocking for all processes that have it, earlier ones included"
      assert_equal "$(served_by)" "$old"
    done
    stop_master
    : >"$log"
  done
}

@test "a listener that a program has shut down is listened on again, or opened anew" {
  for mode in unix inet; do
    run_resident $mode '-u' workers=2
    converse S || true
    wait_for 5 log_has 'another process has shut its listener down'
    wait_for 10 state_is running
    assert_equal "$(converse A)" B
    stop_master
    : >"$log"
  done
}

@test "a flood of a program's output is cut, and dropped beyond the rate; neither it nor others wait" {
  printf '#!/bin/sh\nyes 0123456789012345678901234567890123456789 | head -n 30000\nperl -e "print q(x) x 5000" >&2\nexec %s -p\n' \
    "$bin/resident" >flood
  chmod +x flood
  descriptors_may_change=1
  run_program inet ./flood start=resident ready_after=50ms workers=1 log=log
  assert_match "$(served_by)" '^[0-9]+$'
  (($(grep -c 'program [0-9]* (pool main): 0123' log) < 2000))
  wait_for 5 grep -q 'logs too much' log
  wait_for 5 grep -q 'lines of the log were lost' log
}

@test "a socket file that is removed is made again, and its clients are served by new programs" {
  run_resident unix -p
  rm s
  kill -KILL "$(worker)" # at the end of a program the listener is looked at
  expected='killed by SIGKILL'
  wait_for 5 log_has 'pool main: another process has removed its socket file'
  wait_for 5 test -S s
  wait_for 5 log_has 'renewed: generation 2'
  assert_match "$(served_by)" '^[0-9]+$'
}

@test "a resident program may serve datagrams, on descriptor 0 and 3, unix and inet, and is reloaded" {
  cat >datagrams <<'END'
#!/usr/bin/perl
open my $socket, '+<&=', $ENV{LISTEN_FDS} ? 3 : 0 or die $!;
while (1) {
  my $from = recv $socket, my $byte, 1, 0;
  send $socket, chr(1 + ord $byte), 0, $from if $from;
}
END
  chmod +x datagrams
  for mode in unix inet; do
    for descriptor in 0 3; do
      run_program $mode ./datagrams type=datagram start=resident ready_after=100ms listener_descriptor=$descriptor nonblocking=no
      assert_equal "$(ask --datagram)" 'char from server = B'
      mapfile -t old < <(workers)
      reload
      for pid in "${old[@]}"; do
        wait_for 5 has_ended "$pid" # one that ends may take a datagram along
      done
      assert_equal "$(ask --datagram)" 'char from server = B'
      stop_master
      : >"$log"
    done
  done
}

sleeps_on() {
  local before
  before=$(grep ctxt_switches "/proc/$master/status")
  let_pass 0.3
  assert_equal "$(grep ctxt_switches "/proc/$master/status")" "$before"
}

@test "idle resident programs wake the master not once" {
  for variant in 'yes -N 0' 'no -p'; do
    run_resident unix "${variant#* }" notify="${variant%% *}"
    try_thrice sleeps_on
    stop_master
    : >"$log"
  done
}

@test "the stop says how many programs it waits for" {
  run_resident inet -p
  stop_master
  log_has 'stopping: waiting for 0 active connections and 2 programs \(at most 25s\)'
}

no_worker_is_of() { # PIDS
  ! grep -qxF -e "$1" <(workers)
}

@test "max_age replaces a program, its successor first, under load without a loss" {
  run_resident inet '' max_age=150ms ready_after=50ms workers=2
  before=$(workers)
  begin_load
  wait_for 5 no_worker_is_of "$before"
  end_load
  refute grep -qxF -e "$before" <(workers)
  assert_equal "$(figure crashes)" 0
  wait_for 5 figure_is starting 0
  (($(figure workers) >= 2))
}

# has_inherited PID: whether it has the file that the master was started with.
has_inherited() {
  [[ -e /proc/$1/fd/0 ]] || fail "process $1 has ended"
  find "/proc/$1/fd" -lname '*/inherited' | grep -q .
}

# A master that was started with a descriptor more, with a pool of each kind: no program has it, nor a successor.
look_for_what_was_inherited() {
  : >inherited
  inherit inherited
  start_master <<CONF
control = control
mode = unix
workers = 1
service = program
[pool call]
path = call
command = sh -c 'ls -l /proc/\$\$/fd; cat'
[pool warm]
path = warm
start = warm
command = sh -c 'ls -l /proc/\$\$/fd; cat'
[pool resident]
path = resident
start = resident
ready_after = 50ms
command = tail -f /dev/null
CONF
  has_inherited "$master" # where it stays
  for path in call warm; do
    timeout 20 nc -NU "$path" </dev/null >got 3>&-
    grep -q ' 2 -> ' got
    refute grep inherited got
  done
  for pid in $(workers); do
    refute has_inherited "$pid"
  done
  timeout 20 "$BUILD/preforkctl" -s control upgrade >upgraded 3>&-
  follow_upgrade
  refute has_inherited "$master"
}

@test "no program and no successor has a descriptor that the master was started with" {
  look_for_what_was_inherited
}

@test "the same where the kernel has no close_range(2)" {
  without_close_range
  look_for_what_was_inherited
  grep -q 'close_range.*INJECTED' trace
}
