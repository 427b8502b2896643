#!/usr/bin/env bats
# Faults, briefly (tests/faults/faults.bash): each is met without losing a request or answering one twice.

# shellcheck disable=SC2154,SC2034 # faults.bash and common.bash know them

load helpers/common
load faults/faults

# The clients pause between requests: these tests share the machine with others.
min_calls=300 pause=0.3 think_ms=1

# brief NAME ROUNDS
brief() {
  rounds=$2
  for mode in unix inet; do
    fault "$1" $mode
    assert_equal "$refused $lost $duplicated $why" '0 0 0 -' "refused, lost, duplicated and why, $mode,"
    ((accepted >= requests)) || fail "$requests requests, $accepted accepted"
    [[ ! ${master_of[master]} ]] || stop_master
  done
}

@test "reloads lose no request" {
  brief reload 3
}

@test "HUPs in quick succession lose no request, and the last configuration is in force" {
  brief hup_storm 2
}

@test "reloads that fail lose no request, and are reported with file and line" {
  brief bad_reload 4
}

@test "upgrades lose no request, and keep the number of descriptors" {
  brief upgrade 3
}

@test "upgrades that fail lose no request" {
  brief failed_upgrade 1
}

# killed NAME: of these some may be lost, where no master is left.
killed() {
  rounds=4
  for mode in unix inet; do
    fault "$1" $mode
    assert_equal "$duplicated" 0 "duplicated"
    ((none > 0)) || assert_equal "$refused $lost $why" '0 0 -' "refused, lost and why, $mode,"
    kill -TERM "$master"
    wait_for 10 no_process_is_left
  done
}

# bats test_tags=alone
@test "a master killed in the middle of an upgrade: one serves, or a restart does" {
  killed master_killed
}

# bats test_tags=alone
@test "a successor killed in the middle of an upgrade: one serves, or a restart does" {
  killed successor_killed
}

# bats test_tags=alone
@test "half-open clients, ten times as many as workers, keep no request from its answer during reloads" {
  brief half_open 2
}

@test "an active connection outlives reloads and upgrades" {
  seconds=1
  brief transfer 1
}

@test "a jump of the time of day has no effect" {
  brief worker_clock 1
}
