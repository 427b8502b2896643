#!/usr/bin/env bats
# A listener that a worker, or a binary that was to be the successor, has shut down: the master mends it.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load
load helpers/trace

# spoil_of PID [filter]: shut the listener of that worker down, or filter what comes for it.
spoil_of() {
  local status=0
  "$bin/shut_down" "$@" || status=$?
  [[ $status != 75 ]] || skip 'descriptors of other processes cannot be taken here, or TCP not be filtered'
  return $status
}

# Shut down the listener of a worker of $master.
shut_down() {
  spoil_of "$(worker)"
}

is_answered() {
  ask --timeout 1s "$@" >/dev/null 2>&1
}

# mended WORDS [OPTION...]: the log says so, and clients are served again at the same address, by as many workers.
mended() {
  wait_for 5 log_has "pool main: another process has shut its listener down$"
  wait_for 5 log_has "$1"
  shift
  wait_for 5 is_answered "$@"
  wait_for 5 worker_count_is 2
  assert_equal "$(sed -n '/has shut its listener down/,$p' "$log" | grep -c ': ready: pool main, ')" \
    "$(grep -c ': renewed: generation' "$log")" 'lines that say ready, as many as generations'
  : >"$log"
}

@test "a unix path is opened again, and its queue and workers with it" {
  serve unix control=control
  shut_down
  mended 'renewed: generation [0-9]+$'
  let_pass 1 # it is reported once a second
  shut_down
  mended 'renewed: generation 3$'
  [[ -S s ]]
  refuse_master 69 <<<$'mode = unix\npath = s'
  assert_match "$("$BUILD/preforkctl" -s control reload 3>&-)" 'reloaded: generation 4'
}

@test "an abstract name is opened again when all workers have left the old socket" {
  serve unix "path=@$BATS_TEST_TMPDIR"
  shut_down
  mended 'renewed: generation [0-9]+$'
}

@test "an abstract name is free although a worker is busy" {
  serve unix "path=@$BATS_TEST_TMPDIR" requests_per_connection=9
  hold busy
  shut_down
  wait_for 5 log_has 'renewed: generation [0-9]+$'
  wait_for 5 is_answered
  release busy
}

@test "an inet listener listens again on its port, which the kernel chose, with its options" {
  serve inet control=control backlog=100
  before=$(workers)
  shut_down
  mended 'pool main: listens again$'
  assert_equal "$(workers)" "$before"
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -q '"queue_limit":100,'
}

@test "datagrams: a listener that is shut down is replaced at its address" {
  for mode in unix inet; do
    serve $mode type=datagram
    shut_down
    mended 'renewed: generation 2$' --datagram
    stop_master
    : >"$log"
  done
}

# shut_down_for SECONDS: all that the workers of $master listen on, again and again.
shut_down_for() {
  local until=$((${EPOCHREALTIME/./} + $1 * 1000000)) pid
  shut_down
  while ((${EPOCHREALTIME/./} < until)); do
    for pid in $(workers); do
      "$bin/shut_down" "$pid" || true
    done
  done
}

@test "a listener that is shut down in a loop is opened anew less and less often, and that is reported once a second" {
  for kind in 'unix path=s' "unix path=@$BATS_TEST_TMPDIR" 'inet type=datagram'; do
    # shellcheck disable=SC2086 # its words
    serve $kind
    began=$EPOCHREALTIME most=1
    shut_down_for 1
    wait_for 5 log_has ': renewed: generation'
    generations=$(grep -c ': renewed: generation' "$log") reports=$(grep -c 'has shut its listener down' "$log")
    passed_ms=$(elapsed_ms "$began")
    # After 0.1, 0.2, 0.4 and 0.8 s.
    for ((wait_ms = 100, due_ms = 0; due_ms < passed_ms; wait_ms *= 2)); do
      due_ms=$((due_ms + wait_ms)) most=$((most + 1))
    done
    ((generations <= most)) || fail "$kind: $generations generations in $passed_ms ms"
    ((reports >= 1 && reports <= 1 + passed_ms / 1000)) || fail "$kind: $reports reports in $passed_ms ms"
    stop_master
    : >"$log"
  done
}

# The newest worker of $master has the listener of its pool; retiring ones may have closed it.
shut_down_newest() {
  spoil_of "$(workers | tail -n 1)"
}

@test "a listener whose directory is gone is tried again less and less often, until it is back" {
  mkdir away
  serve unix control=control path=away/s
  rm -r away
  shut_down
  wait_for 5 log_has "pool main: another process has shut its listener down$"
  let_pass 2
  before=$(sleeps "$master") began=$EPOCHREALTIME
  let_pass 1
  (($(sleeps "$master") - before < 10 * (1 + $(elapsed_ms "$began") / 1000))) || fail "$(($(sleeps "$master") - before)) times"
  mkdir away
  wait_for 5 log_has ': renewed: generation 2$'
  wait_for 5 is_answered
}

@test "renewals hold up no reload, nor do reloads a renewal, although the connections of eight generations are active" {
  serve unix control=control requests_per_connection=9
  for i in {1..7}; do
    hold "$i"
    "$BUILD/preforkctl" -s control reload 3>&-
  done
  hold 8
  shut_down_newest
  wait_for 5 log_has 'renewed: generation 9$'
  hold 9
  assert_match "$(timeout 5 "$BUILD/preforkctl" -s control reload 3>&-)" 'reloaded: generation 10'
  # Eight that a reload retired are left, and one that a renewal did.
  shut_down_newest
  wait_for 5 log_has 'renewed: generation 11$'
  for i in {1..9}; do
    release "$i"
  done
}

@test "an upgrade begins although no listener can be opened in place of one that is shut down" {
  mkdir here
  serve unix control=control path=here/s
  mv here there
  shut_down
  wait_for 5 log_has 'no new listener yet'
  run timeout 5 "$BUILD/preforkctl" -s control upgrade 3>&-
  assert_equal "$status" 1 "the exit status of upgrade, with '$output',"
  log_has 'upgrading: process [0-9]+'
  mv there here
  wait_for 5 log_has 'renewed: generation [0-9]+$'
  wait_for 5 is_answered
}

@test "an abstract name stays bound while another change is under way: the listener that has it is closed when another one can be opened" {
  serve unix "path=@$BATS_TEST_TMPDIR" control=control
  victim=$(worker)
  { cat master.conf && seq 40000 | sed 's/.*/[pool p&]\npath = p&/'; } >large
  mv large master.conf
  kill -HUP "$master"
  wait_for 5 has_reader
  kill -STOP "$reader"
  spoil_of "$victim"
  wait_for 5 log_has 'has shut its listener down$'
  let_pass 0.1
  grep -q " @$BATS_TEST_TMPDIR\$" /proc/net/unix
  kill -KILL "$reader"
  wait_for 5 log_has 'renewed: generation [0-9]+$'
  wait_for 5 is_answered
}

# Set $reader to the child that reads the configuration.
has_reader() {
  for reader in $(workers); do
    [[ $(<"/proc/$reader/comm") != preforkd-config ]] || return 0
  done 2>/dev/null
  return 1
}

# Have the kernel drop what comes for the listener of $master.
filter() {
  spoil_of "$(workers | tail -n 1)" filter
}

# notices_when_awake WORDS: the log has them once a command has woken the master, a second after it looked last.
notices_when_awake() {
  "$BUILD/preforkctl" -s control ping >/dev/null 3>&-
  log_has "$1"
}

@test "a listener with a locked filter, of which no event tells, is opened anew when a worker ends, and while the master is awake" {
  local barred='pool main: another process keeps clients from its listener by SO_ATTACH_FILTER$'
  for kind in inet 'inet type=datagram' 'unix type=datagram' 'inet address=*'; do
    option=--datagram
    [[ $kind == *datagram ]] || option='--timeout=1s'
    # shellcheck disable=SC2086 # its words
    serve $kind control=control
    filter
    kill -KILL "$(worker)"
    wait_for 5 log_has "$barred"
    wait_for 5 log_has 'renewed: generation 2$'
    wait_for 5 is_answered $option
    let_pass 1 # it is looked at, and reported, once a second
    : >"$log"
    filter
    wait_for 5 notices_when_awake "$barred"
    wait_for 5 log_has 'renewed: generation 3$'
    wait_for 5 is_answered $option
    stop_master
    refute log_has 'cannot refuse new clients'
    : >"$log"
  done
}

@test "a listener with a locked filter is replaced by a reload and by an upgrade, too" {
  serve inet control=control
  filter
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 is_answered
  filter
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  wait_for 5 is_answered
}

# workers_of POOL: their pids; of the newest generation come last.
workers_of() {
  "$BUILD/preforkctl" -s control workers 3>&- | awk -v name="$1" '$1 == name { print $4, $3 }' | sort -n | cut -d ' ' -f 2
}

@test "no other pool is touched, their order stays, and a number that scale has set" {
  start_master <<<$'mode = unix\ncontrol = control\nworkers = 1\n[pool attacked]\npath = a\n[pool other]\npath = o'
  "$BUILD/preforkctl" -s control scale attacked 3 3>&-
  use_master master other
  kept=$(workers_of other)
  [[ $kept ]]
  begin_load
  spoil_of "$(workers_of attacked | head -n 1)"
  wait_for 5 log_has 'renewed: generation 2$'
  end_load
  wait_for 5 worker_count_is 4
  assert_equal "$("$BUILD/preforkcall" "unix:$PWD/a" 3>&-)" 'char from server = B'
  assert_equal "$(workers_of other)" "$kept"
  assert_equal "$("$BUILD/preforkctl" -s control workers 3>&- | awk 'NR > 1 { print $1 }' | uniq | xargs)" 'attacked other'
  assert_match "$("$BUILD/preforkctl" -s control reload 3>&-)" 'reloaded: generation 3'
  assert_equal "$(grep -c 'ready: pool other' "$log")" 2
}

@test "a pool whose listener cannot be opened anew keeps no other one from that" {
  mkdir here
  start_master <<<$'mode = unix\ncontrol = control\nworkers = 1\n[pool lost]\npath = here/s\n[pool other]\npath = o'
  mv here there
  spoil_of "$(workers_of lost)"
  wait_for 5 log_has 'no new listener yet'
  spoil_of "$(workers_of other)"
  wait_for 5 log_has 'renewed: generation 2$'
  assert_equal "$("$BUILD/preforkcall" "unix:$PWD/o" 3>&-)" 'char from server = B'
  mv there here
  wait_for 5 log_has 'renewed: generation 3$'
}

# spoil POOL: shut down the listener that it has in force.
spoil() {
  spoil_of "$(workers_of "$1" | tail -n 1)"
}

# move_main PATH: by a reload. A new address has no renewals behind it, and so its first one does not wait.
move_main() {
  printf '%s\n' 'mode = unix' 'control = control' 'workers = 1' 'requests_per_connection = 9' \
    '[pool main]' "path = $1" '[pool other]' 'path = o' >master.conf
  "$BUILD/preforkctl" -s control reload 3>&-
  endpoint=unix:$PWD/$1
}

@test "a pool whose eight renewed listeners have active connections waits for one of them to end, and says so once; other pools do not wait" {
  start_master <<<$'mode = unix\ncontrol = control\n[pool main]\npath = m0\n[pool other]\npath = o'
  for i in {1..9}; do
    move_main "m$i"
    hold "$i"
    : >"$log"
    spoil main
    ((i == 9)) || wait_for 5 log_has 'renewed: generation'
  done
  wait_for 5 log_has 'pool main: no new listener yet: too many earlier ones'
  : >"$log"
  spoil other
  wait_for 5 log_has 'renewed: generation'
  assert_equal "$(grep -c 'renewed: generation' "$log")" 1
  let_pass 0.1
  release 1
  wait_for 5 is_answered
  assert_equal "$(grep -c 'renewed: generation' "$log")" 2
  refute log_has 'no new listener yet'
  for i in {2..9}; do
    release "$i"
  done
}

@test "a listener that an upgrade's binary has shut down is mended, and by the next upgrade at the latest" {
  for mode in unix inet; do
    serve $mode control=control
    # As if the first had been stopped before it saw that.
    kill -STOP "$master"
    shut_down
    kill -CONT "$master"
    "$BUILD/preforkctl" -s control upgrade 3>&-
    follow_upgrade
    wait_for 5 is_answered
    stop_master
    : >"$log"
  done
}

@test "a unix socket that a service manager handed in is its own to open again: the log, status and why say so" {
  command -v systemd-socket-activate >/dev/null || skip 'no systemd-socket-activate'
  printf '%s\n' 'mode = unix' "path = $PWD/s" 'workers = 2' 'control = control' >master.conf
  names+=(master) log=$BATS_TEST_TMPDIR/master.log
  log_of[master]=$log
  "$bin/launch" systemd-socket-activate --setenv=ASAN_OPTIONS --setenv=UBSAN_OPTIONS -l "$PWD/s" \
    "$BUILD/preforkd" -c master.conf </dev/null >master.out 2>"$log" 3>&- &
  leader_of[master]=$!
  endpoint=unix:$PWD/s
  wait_for 10 is_answered
  wait_for 5 log_has ': ready: pool'
  use_master master
  master_of[master]=$master
  descriptors_of[master]=$(count_descriptors "$master")
  shut_down
  wait_for 5 log_has 'shut its listener down: the service manager that handed it in has to open it again$'
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -q '"state":"down"'
  "$BUILD/preforkctl" -s control why 3>&- | grep -q '^pool main: another process has shut its listener down, or keeps clients from it: they fail, or wait in vain'
  # The workers do not spin.
  before=$(all_ticks)
  let_pass 0.5
  ((($(all_ticks) - before) < 20)) || fail "$(($(all_ticks) - before)) ticks in half a second"
}

# Print the processor time of the workers, in ticks of 10 ms.
all_ticks() {
  local pid sum=0
  for pid in $(workers); do
    sum=$((sum + $(awk '{ print $14 + $15 }' "/proc/$pid/stat")))
  done
  echo $sum
}

@test "a reload that waits for a listener to be opened anew is refused by a stop, with the reason" {
  local pid
  sanitizers_leave detect_leaks=0
  serve unix control=control workers=8
  trace "$master" -e 'trace=?fork,clone' -e 'inject=?fork,clone:delay_exit=200000'
  shut_down
  wait_for 5 log_has 'another process has shut its listener down'
  "$BUILD/preforkctl" -s control reload >reload.out 2>&1 3>&- &
  pid=$!
  wait_for 5 log_has 'asked by process [0-9]+ of user [0-9]+: reload'
  kill "$master"
  refute wait "$pid"
  await_master master 0 # and strace ends with it
  assert_match "$(<reload.out)" 'the master is stopping'
  refute log_has 'renewed:'
}
