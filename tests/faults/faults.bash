# shellcheck shell=bash
# faults: what is done to a master, a function each, while clients send it numbers (helpers/number_clients.c), so
# that each request that is lost, or answered twice, is known. tests/faults.bats does it briefly,
# tests/faults/all.bats (`make faults`) at full size, and that makes the table of RESULTS.md.
#
#   fault NAME MODE     do it; $min_calls, $rounds, $seconds, $pause, $think_ms say how large
#
# With $start, the pool runs a program that is started so (programs.bash).
#
# A fault sets $stimulus, and may set $recovery_ms, what it took until all was well again; where it does
# not, that is the slowest call.
# shellcheck disable=SC2034,SC2154 # common.bash sets and reads them

# shellcheck source=tests/helpers/binary.bash
source "${BASH_SOURCE[0]%/*}/../helpers/binary.bash"
# shellcheck source=tests/faults/programs.bash
source "${BASH_SOURCE[0]%/*}/programs.bash"

min_calls=${min_calls:-100000}

# serve_echo MODE KEY=VALUE...: with a binary of its own, which a fault may replace.
serve_echo() {
  local settings
  mapfile -t settings < <(printf '%s\n' "${@:2}" | applicable)
  serve_replaceable "$1" workers=4 control=control "${service[@]}" ${settings[0]:+"${settings[@]}"}
}

begin_numbers() { # [MIN]
  "$bin/number_clients" "$endpoint" 4 "${1:-$min_calls}" "${think_ms-0}" "${every:-0}" >numbers.out 3>&- &
  numbers=$!
  let_pass 0.1 # until they call
}

# What became of the numbers: $requests $refused $lost $duplicated $crashed $slowest_ms $why.
end_numbers() {
  local names
  kill -TERM "$numbers"
  wait "$numbers"
  numbers=''
  read -r names requests names refused names lost names duplicated names crashed names slowest_ms names why <numbers.out
}

# preforkctl COMMAND...: $output is what it says, $status its exit status.
command_master() {
  run timeout 40 "$BUILD/preforkctl" -s control "$@" 3>&-
}

is_answered() {
  "$BUILD/preforkcall" "$endpoint" A >answer 2>/dev/null 3>&- && [[ $(<answer) == A ]]
}

# Resident memory of the master, in KiB.
resident() {
  sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$master/status"
}

# fault NAME MODE: $accepted is what the server counted.
fault() {
  recovery_ms='' why='' every=''
  prepare_service
  "fault_$1" "$2"
  [[ ! $numbers ]] || end_numbers
  recovery_ms=${recovery_ms:-$slowest_ms}
  accepted=$("$BUILD/preforkctl" -s control status --json 3>&- | grep -o '"accepted":[0-9]*' | cut -d: -f2)
}

#
# Changes that an operator makes
#

fault_reload() {
  stimulus="$rounds reloads 200 ms apart"
  serve_echo "$1"
  begin_numbers
  local i
  for ((i = 0; i < rounds; i++)); do
    kill -HUP "$master"
    let_pass 0.2
  done
}

fault_hup_storm() {
  stimulus="$((rounds * 10)) HUPs 0 to 25 ms apart"
  serve_echo "$1"
  begin_numbers
  local i began
  for ((i = 0; i < rounds * 10; i++)); do
    kill -HUP "$master"
    let_pass "0.0$(printf '%02d' $((RANDOM % 26)))"
  done
  sed -i 's/^workers = 2$/workers = 5/; s/^mode/#mode/; 1i mode = '"$1" master.conf
  [[ ${start-} == resident ]] || echo 'linger = 1s' >>master.conf
  began=$EPOCHREALTIME
  command_master reload
  assert_equal "$status" 0 "reload"
  recovery_ms=$(elapsed_ms "$began")
  ((recovery_ms <= 1000)) || fail "the last configuration served after $recovery_ms ms"
}

fault_bad_reload() {
  stimulus="a syntax error, an unknown service, a range upside down, a port in use: $rounds reloads"
  start_master -n other <<<$'mode = inet\nport = 0\nworkers = 1'
  local i where='path = s' taken=$port
  [[ $1 == unix ]] || where='port = 0'
  printf '%s\n' 'control = control' '[pool main]' "mode = $1" "$where" "${service[0]/=/ = }" 'workers = 4' \
    ${service[1]:+"${service[@]:1}"} >good
  start_master <good
  begin_numbers
  local lines
  lines=$(wc -l <good)
  local changes=('5s/=//' "5s/= .*/= $misspelled/" '6s/4/4..2/' "\$a [pool more]\nmode = inet\nport = $taken")
  local reasons=(':5:1: ' ":5:11: unknown service '$misspelled'; did you mean '${service[0]#*=}'" ":6:11: workers '4..2'"
    ":$((lines + 3)):8: pool 'more', port: .*$taken: Address (already )?in use")
  for ((i = 0; i < rounds; i++)); do
    sed "${changes[i % 4]}" good >master.conf
    command_master reload
    assert_equal "$status" 1 "reload with '${changes[i % 4]}'"
    assert_match "$output" "master.conf${reasons[i % 4]}"
  done
  cp good master.conf
  command_master reload
  assert_equal "$status" 0 "reload with what was there before"
}

fault_upgrade() {
  stimulus="$rounds upgrades"
  serve_echo "$1"
  local i before now
  kill -USR2 "$master" # the first one is not yet a successor
  follow_upgrade
  wait_for 10 is_alone
  before=$(resident)
  descriptors_of[master]=$(count_descriptors "$master")
  begin_numbers
  for ((i = 0; i < rounds; i++)); do
    kill -USR2 "$master"
    follow_upgrade
  done
  end_numbers
  wait_for 10 is_alone
  wait_for 5 descriptors_are_as_before master 2>/dev/null || descriptors_are_as_before master
  now=$(resident)
  ((now <= before + 1024)) || fail "the master has $now KiB, it had $before"
}

# No other master of the session is left: all that there is are this one's workers and their programs.
is_alone() {
  ps -s "${leader_of[master]}" -o pid=,ppid= | awk -v master="$master" '
    { parent[$1] = $2 }
    $2 == master { workers[$1] }
    END { for (pid in parent) if (pid != master && !(pid in workers) && !(parent[pid] in workers)) exit 1 }'
}

#
# Upgrades that fail
#

# fail_upgrade WORDS: it is refused with these, and the master stays.
fail_upgrade() {
  command_master upgrade
  assert_equal "$status" 1 "the exit status of upgrade, with '$output',"
  assert_match "$output" "$1"
  command_master ping
  assert_equal "$output" "the master is process $master"
}

fault_failed_upgrade() {
  stimulus="a binary that is missing, exits, crashes; a wrong configuration: $((rounds * 4)) upgrades"
  serve_echo "$1"
  expected='killed by SIGSEGV|by signal 11'
  begin_numbers
  local i
  for ((i = 0; i < rounds; i++)); do
    rm preforkd
    fail_upgrade 'cannot execute .*: No such file'
    replace_binary 'exit 3'
    fail_upgrade 'the successor ended with status 3'
    replace_binary 'kill -SEGV $$'
    fail_upgrade 'the successor was killed by signal 11'
    restore_binary
    echo rubbish >>master.conf
    fail_upgrade 'master.conf:4:1: '
    sed -i '$d' master.conf
  done
}

fault_slow_upgrade() {
  stimulus='an upgrade to a binary that never gets ready'
  serve_echo "$1"
  begin_numbers
  replace_binary 'exec sleep 60'
  local began=$EPOCHREALTIME took
  fail_upgrade "the successor's workers do not all accept within 10 s"
  took=$(elapsed_ms "$began")
  ((took > 9000 && took < 11500)) || fail "given up after $took ms"
}

#
# Deaths in the middle of an upgrade
#

# The masters, which their title distinguishes from workers and their file from those of other tests.
masters() {
  ps -eo pid=,args= | awk -v file="$PWD/master.conf" '/preforkd: master / && $NF == file { print $1 }'
}

# What is left of the test, workers too: all that was started in this directory.
processes() {
  find /proc/[0-9]*/exe -lname "$PWD/*" -printf '%h\n' 2>/dev/null | sed 's,/proc/,,'
}

no_process_is_left() {
  [[ ! $(processes) ]]
}

# The one master that is there answers on the control socket, which is that of the one in charge, and
# its workers do.
one_serves() {
  master=$(masters)
  [[ $master ]] && command_master ping && [[ $output == "the master is process $master" ]] && is_answered
}

# After a death: $master is the one that serves; where none is left, another one is started.
find_master() {
  local began=$EPOCHREALTIME took
  until one_serves; do
    took=$(elapsed_ms "$began")
    ((took < 5000)) || fail "nobody serves after $took ms, of '$(masters)'" || return
    [[ ! $(masters) ]] || continue
    none=$((none + 1)) began=$EPOCHREALTIME
    "$preforkd" -c master.conf -o log_level=notice </dev/null >>restarts 2>&1 3>&- &
    wait_for 5 one_serves
  done
  took=$(elapsed_ms "$began")
  slowest=$((took > slowest ? took : slowest))
  successors+=("$master")
}

# kill_midway MODE old|new US: $rounds times, at a random moment of so many microseconds: an upgrade takes
# some 110 ms.
kill_midway() {
  local i where='path = s' port=0
  none=0 slowest=0
  cp --remove-destination "$BUILD/preforkd" ./preforkd # a process that just died may still have the old one busy
  preforkd=$PWD/preforkd
  [[ $1 == unix ]] || where="port = $((20000 + RANDOM % 10000))"
  start_master <<<"mode = $1"$'\n'"$where"$'\nworkers = 4\ncontrol = control\npid_file = pid\n'"$(service_lines)"
  begin_numbers 0
  master_of[master]= # it is meant to die
  for ((i = 0; i < rounds; i++)); do
    "$bin/kill_in_upgrade" "$master" "$2" $(((RANDOM * 32768 + RANDOM) % $3)) >>victims
    find_master
  done
  recovery_ms=$slowest
  ((slowest <= 1000)) || fail "it served only after $slowest ms"
}

fault_master_killed() {
  kill_midway "$1" old 150000
  stimulus="$rounds upgrades, the old master killed within 150 ms; $none times none was left and one was started"
}

fault_successor_killed() {
  kill_midway "$1" new 150000
  stimulus="$rounds upgrades, the new master killed within 150 ms; $none times none was left and one was started"
}

#
# Clients
#

fault_half_open() {
  stimulus="40 silent clients at a time to 4..80 workers, idle_timeout 1 s, $rounds reloads"
  serve_echo "$1" workers=4..80 spare_timeout=100ms idle_timeout=1s defer_accept=no
  begin_numbers
  local i
  for ((i = 0; i < rounds; i++)); do
    begin_call "silent$i" -n 40 -t 60 connect count
    kill -HUP "$master"
    let_pass 0.2
  done
  for ((i = 0; i < rounds; i++)); do
    end_call "silent$i"
    assert_equal "$output" '0 answered, 0 bytes, 0 reset'
  done
  end_numbers
  wait_for 10 worker_count_is 4
  awk "BEGIN { exit !($slowest_ms < 1000) }" || fail "a good client was served after $slowest_ms ms"
}

fault_transfer() {
  stimulus="a connection of $seconds s over reloads and upgrades"
  serve_echo "$1" stop_timeout=60s
  begin_numbers 0
  local actions=() i
  for ((i = 0; i < seconds; i++)); do
    actions+=("send:$i-" "expect:$i-" sleep:1000)
  done
  begin_call long -t $((seconds + 30)) connect send:A expect:A say:in "${actions[@]}" half-close eof
  heard long in
  for ((i = 0; i < seconds; i += 3)); do
    kill -HUP "$master"
    let_pass "$pause"
    kill -USR2 "$master"
    follow_upgrade
    let_pass "$pause"
  done
  end_call long
}

# jump MODE KEY=VALUE...: the time of day jumps forth and back by a day; only what is printed may know of it.
jump() {
  local library
  for library in /usr/lib/*/faketime/libfaketime.so.1; do
    [[ -e $library ]] || skip 'no libfaketime'
  done
  ldd "$BUILD/preforkd" 2>/dev/null | grep -q libc || skip 'a static binary has no clock of its own'
  ! is_sanitized || skip 'the sanitizers want to be loaded first'
  echo +0 >offset
  runner=(env "LD_PRELOAD=$library" "FAKETIME_TIMESTAMP_FILE=$PWD/offset" FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1)
  serve_echo "$1" idle_timeout=2s log=lines "${@:2}"
  begin_numbers
  local before offset
  before=$(workers)
  for offset in +1d -1d +0; do
    echo "$offset" >offset
    let_pass "$pause"
    command_master reload
    assert_equal "$status" 0 "reload"
  done
  grep -q "$(date -d '+1 day' -u +%Y-%m-%d)" lines || fail 'the log has no line of tomorrow'
  wait_for 10 worker_count_is 4
  log=lines
  refute log_has 'connection cut|does not react|killed'
  log=$BATS_TEST_TMPDIR/master.log
}

fault_clock() {
  stimulus='the time of day jumps by a day, forth and back'
  jump "$1"
}

# For the workers, too: the library reads its file at each look at the clock, which their sandbox would not let it.
fault_worker_clock() {
  stimulus='the time of day jumps, for workers without a sandbox as well'
  jump "$1" sandbox=off
}
