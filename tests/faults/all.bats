#!/usr/bin/env bats
# Faults at full size, on unix and inet sockets: `make faults`. Each test is a row of the table, in
# $FAULTS_OUT, and fails where a request is lost or answered twice.

# shellcheck disable=SC2154,SC2034 # faults.bash and common.bash know them

load ../helpers/common
load faults

setup() {
  enter_test
  seconds=30 pause=1.3
}

# row MODE NAME: what came of it, as a line of the table.
row() {
  echo "| ${2//_/ }, $1 | $stimulus | $requests | $lost | $duplicated | $recovery_ms ms |" >>"$FAULTS_OUT"
  echo "# $1, $stimulus: $requests requests, $refused refused, $lost lost ($why), $duplicated duplicated, $recovery_ms ms, slowest $slowest_ms ms" >&3
}

# survive NAME MODE ROUNDS
survive() {
  rounds=$3
  fault "$1" "$2"
  row "$2" "$1"
  assert_equal "$refused $lost $duplicated $why" '0 0 0 -' "refused, lost, duplicated and why"
  ((accepted >= requests)) || fail "$requests requests, $accepted accepted"
}

# outlive NAME MODE ROUNDS: clients are refused where no master is left.
outlive() {
  rounds=$3
  fault "$1" "$2"
  row "$2" "$1"
  assert_equal "$duplicated" 0 "duplicated"
  ((none > 0)) || assert_equal "$refused $lost $why" '0 0 -' "refused, lost and why"
  kill -TERM "$master"
  wait_for 10 no_process_is_left
}

@test "reloads, unix" { survive reload unix 50; }
@test "reloads, inet" { survive reload inet 50; }
@test "HUPs in quick succession, unix" { survive hup_storm unix 50; }
@test "HUPs in quick succession, inet" { survive hup_storm inet 50; }
@test "reloads that fail, unix" { survive bad_reload unix 40; }
@test "reloads that fail, inet" { survive bad_reload inet 40; }
@test "upgrades, unix" { survive upgrade unix 20; }
@test "upgrades, inet" { survive upgrade inet 20; }
@test "upgrades that fail, unix" { survive failed_upgrade unix 5; }
@test "upgrades that fail, inet" { survive failed_upgrade inet 5; }
@test "an upgrade that never gets ready, unix" { survive slow_upgrade unix 1; }
@test "an upgrade that never gets ready, inet" { survive slow_upgrade inet 1; }
@test "the old master killed, unix" { outlive master_killed unix 50; }
@test "the old master killed, inet" { outlive master_killed inet 50; }
@test "the new master killed, unix" { outlive successor_killed unix 50; }
@test "the new master killed, inet" { outlive successor_killed inet 50; }
@test "half-open clients, unix" { survive half_open unix 10; }
@test "half-open clients, inet" { survive half_open inet 10; }
@test "a connection of 30 s, unix" { survive transfer unix 1; }
@test "a connection of 30 s, inet" { survive transfer inet 1; }
@test "the time of day jumps, unix" { survive clock unix 1; }
@test "the time of day jumps, inet" { survive clock inet 1; }
