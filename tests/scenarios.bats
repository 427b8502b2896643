#!/usr/bin/env bats
# The load scripts of client/scenarios, each with so small a load that it ends at once: reports, table and
# exit status, and that no process and no file of them remains.

load helpers/common

scenarios=$BATS_TEST_DIRNAME/../client/scenarios

setup() {
  enter_test
  mkdir tmp
  export TMPDIR=$PWD/tmp DURATION=200ms HOLD=100ms CLIENTS=20 POOLS='2 16' SIZES='1 300' \
    IDLE_TIMEOUT=100ms
}

teardown() {
  [[ ! ${scenario-} ]] || kill -KILL -- "-$scenario" 2>/dev/null || true
  leave_test
}

# begin NAME: start the scenario in its own session, as a terminal would. end [STATUS]: wait for it, check
# its exit status and that it left nothing behind, and set $output (both of its outputs) and $table.
begin() {
  "$bin/launch" "$scenarios/$1" </dev/null >out 2>&1 3>&- &
  scenario=$!
}

end() {
  local status=0 session=$scenario
  wait_for 50 has_ended "$scenario" || return
  wait "$scenario" || status=$?
  scenario=''
  output=$(<out)
  table=$(sed -n '/^load  .*verdict$/,$p' out)
  assert_equal "$status" "${1-0}" "exit status, with '$output'," || return
  # The session includes jobs that have their own process group.
  session_is_over "$session" || fail "processes are left: $(ps -s "$session" -o pid=,args=)" || return
  assert_equal "$(ls -A tmp)" '' "what is left in TMPDIR"
}

# has_run NAME MS LOAD...: the scenario ends well and measures these loads, which last so many milliseconds; where this
# machine stood still for so long that one measured nothing, up to nine times that.
has_run() {
  try_thrice runs "$@"
}

runs() {
  DURATION=$(($2 * try * try))ms
  begin "$1"
  end && has_loads "${@:3}"
}

# Check that the table has these loads, in this order, each with numbers, and no other line.
has_loads() { # NAME...
  local name line number='[0-9.]+' time='[0-9.]+(ns|us|ms|s)'
  assert_equal "$(wc -l <<<"$table")" $(($# + 1)) "lines of '$table'" || return
  for name in "$@"; do
    # shellcheck disable=SC2016 # a regular expression
    line=$(grep -E "^$name +$number/s +$time +$time +$time +0  [a-z].*\$" <<<"$table") ||
      fail "no line of $name in '$table'" || return
  done
  assert_equal "$(sed 1d <<<"$table" | sed 's/   *.*//')" "$(printf '%s\n' "$@")" "names" || return
  # The columns end where their titles do.
  assert_equal "$(grep -oE '^.* rate ' <<<"$table" | wc -c)" \
    "$(sed 1d <<<"$table" | head -n 1 | grep -oE '^.*/s ' | wc -c)" "the end of the rate"
}

# Make a BUILD, broken/, whose generator counts every reply as wrong.
break_generator() {
  mkdir broken
  ln -s "$BUILD/preforkd" broken/
  printf '%s\n' '#!/bin/sh' "exec '$BUILD/preforkload' \"\$@\" --expect echo" >broken/preforkload
  chmod +x broken/preforkload
}

# interrupted NAME TEXT: send SIGINT to the whole session, as Ctrl-C does, once NAME has printed TEXT.
interrupted() {
  DURATION=30s HOLD=30s begin "$1"
  wait_for 20 file_has out "$2"
  kill -INT -- "-$scenario"
  end 130
}

# terminated NAME TEXT: send SIGTERM to the script alone once it has printed TEXT.
terminated() {
  begin "$1"
  wait_for 20 file_has out "$2"
  kill -TERM "$scenario"
  end 143
}

@test "steady" {
  has_run steady 100 'steady, unix' 'steady, inet'
  assert_match "$output" "== steady, unix: preforkload --connections 4 --duration $DURATION"
  assert_match "$output" 'latency +min'
  assert_match "$output" 'stopped: pool main, '
}

@test "crowd" {
  has_run crowd 100 'crowd, unix, 20 clients' 'crowd, inet, 20 clients'
  assert_match "$output" 'held +20 of 20 connections'
}

@test "burst" {
  has_run burst 100 'burst, unix, first, 20 clients' 'burst, unix, again, 20 clients' \
    'burst, inet, first, 20 clients' 'burst, inet, again, 20 clients'
  assert_match "$output" 'held +20 of 20 connections'
}

@test "keep-open" {
  has_run keep-open 100 'keep-open, unix, 1' 'keep-open, unix, 300' 'keep-open, inet, 1' 'keep-open, inet, 300'
  assert_match "$output" '300 bytes a request'
}

@test "datagram" {
  has_run datagram 100 'datagram, unix, 1' 'datagram, unix, 300' 'datagram, inet, 1' 'datagram, inet, 300'
}

@test "big-pool" {
  has_run big-pool 100 'big-pool, unix, 2 workers' 'big-pool, unix, 16 workers'
  assert_match "$output" '16 workers: [0-9]+\.[0-9][0-9] of the rate of 2'
}

@test "slow-clients: silent clients make the others wait, unless the kernel holds them back" {
  local load line
  has_run slow-clients 1000 'slow-clients, unix' 'slow-clients, inet, deferred' 'slow-clients, inet, not deferred'
  # Sixteen silent clients occupy the four workers in turn, each for 100 ms.
  for load in 'unix' 'inet, not deferred'; do
    line=$(grep -F "slow-clients, $load  " <<<"$table")
    assert_match "$line" '/s +[0-9.]+(us|ms) +([1-9][0-9][0-9]ms|[0-9.]+s) +([1-9][0-9][0-9]ms|[0-9.]+s) '
  done
}

@test "all: one table of everything, and the reports in brief" {
  has_run all 50 'steady, unix' 'steady, inet' \
    'keep-open, unix, 1' 'keep-open, unix, 300' 'keep-open, inet, 1' 'keep-open, inet, 300' \
    'datagram, unix, 1' 'datagram, unix, 300' 'datagram, inet, 1' 'datagram, inet, 300' \
    'crowd, unix, 20 clients' 'crowd, inet, 20 clients' \
    'slow-clients, unix' 'slow-clients, inet, deferred' 'slow-clients, inet, not deferred' \
    'burst, unix, first, 20 clients' 'burst, unix, again, 20 clients' \
    'burst, inet, first, 20 clients' 'burst, inet, again, 20 clients' \
    'big-pool, unix, 2 workers' 'big-pool, unix, 16 workers'
  assert_equal "$(grep -c '^load  ' out)" 1 "tables"
  refute grep -q '^errors' out
}

@test "every scenario is run here, and by all, and has its line in client/scenarios/README.md" {
  for file in "$scenarios"/*; do
    name=${file##*/}
    [[ $name != common.sh && $name != README.md ]] || continue
    grep -qE "^  has_run $name [0-9]+ " "$BATS_TEST_FILENAME" || fail "$name is not tested"
    [[ $name == all ]] || grep -qE "^for scenario in .*\b$name\b" "$scenarios/all" || fail "all leaves $name out"
    grep -qE "^\| $name \|.*client/scenarios/$name\`" "$scenarios/README.md" || fail "README.md leaves $name out"
  done
}

@test "a server that does not start ends it with 1, and its log says why" {
  export WORKERS=0
  begin steady
  end 1
  assert_match "$output" 'workers.*0'
  assert_match "$output" 'steady: the server did not start'
}

@test "programs that are not built end it with 1" {
  BUILD=$PWD/nowhere begin steady
  end 1
  assert_match "$output" 'nowhere/preforkd is missing: run make'
}

@test "a load that fails is in the table, the others are run, and it ends with 1" {
  break_generator
  BUILD=$PWD/broken begin steady
  end 1
  assert_match "$output" 'steady, unix failed: status 1'
  assert_match "$table" $'\nsteady, unix .* [1-9][0-9]*  FAILED \\(status 1\\): '
  assert_match "$table" $'\nsteady, inet .* [1-9][0-9]*  FAILED \\(status 1\\): '
  CONNECTIONS=none begin steady
  end 1
  assert_match "$table" $'\nsteady, unix +- +- +- +- +-  FAILED \\(status 64\\): no report'
}

@test "make load ends with 1 where a load failed, and has one table" {
  break_generator
  run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL CLIENTS=2 POOLS=2 SIZES=1 DURATION=50ms \
    make --no-print-directory -C "$BATS_TEST_DIRNAME/.." -o all BUILD="$PWD/broken" load 3>&-
  refute [ "$status" == 0 ]
  assert_equal "$(grep -c '^load  ' <<<"$output")" 1 "tables"
  assert_match "$output" $'\nsteady, unix .*FAILED'
  assert_match "$output" $'\nkeep-open, inet, 1 '
  assert_equal "$(ls -A tmp)" ''
}

@test "Ctrl-C ends a scenario with all that it started, and leaves nothing" {
  interrupted steady '== steady, unix'
  interrupted crowd '== crowd, unix'
  interrupted slow-clients '== slow-clients, unix'
  interrupted all '== steady, unix'
}

@test "so does SIGTERM to the script alone, once the load is over" {
  terminated steady '== steady, unix'
}
