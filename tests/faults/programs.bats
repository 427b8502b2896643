#!/usr/bin/env bats
# Faults, where the pool runs a program: for each kind of start, on unix and inet sockets.

# shellcheck disable=SC2154,SC2034 # faults.bash and common.bash know them

load ../helpers/common
load faults
load survive

setup() {
  enter_test
  min_calls=1000 seconds=3 pause=0.3
}

# with START survive|outlive NAME MODE ROUNDS
with() {
  start=$1
  "${@:2}"
}

@test "reloads, call, unix" { with call survive reload unix 20; }
@test "reloads, call, inet" { with call survive reload inet 20; }
@test "reloads, warm, unix" { with warm survive reload unix 20; }
@test "reloads, warm, inet" { with warm survive reload inet 20; }
@test "reloads, resident, unix" { with resident survive reload unix 20; }
@test "reloads, resident, inet" { with resident survive reload inet 20; }
@test "HUPs in quick succession, call, unix" { with call survive hup_storm unix 10; }
@test "HUPs in quick succession, call, inet" { with call survive hup_storm inet 10; }
@test "HUPs in quick succession, warm, unix" { with warm survive hup_storm unix 10; }
@test "HUPs in quick succession, warm, inet" { with warm survive hup_storm inet 10; }
@test "HUPs in quick succession, resident, unix" { with resident survive hup_storm unix 10; }
@test "HUPs in quick succession, resident, inet" { with resident survive hup_storm inet 10; }
@test "reloads that fail, call, unix" { with call survive bad_reload unix 8; }
@test "reloads that fail, call, inet" { with call survive bad_reload inet 8; }
@test "reloads that fail, warm, unix" { with warm survive bad_reload unix 8; }
@test "reloads that fail, warm, inet" { with warm survive bad_reload inet 8; }
@test "reloads that fail, resident, unix" { with resident survive bad_reload unix 8; }
@test "reloads that fail, resident, inet" { with resident survive bad_reload inet 8; }
@test "upgrades, call, unix" { with call survive upgrade unix 5; }
@test "upgrades, call, inet" { with call survive upgrade inet 5; }
@test "upgrades, warm, unix" { with warm survive upgrade unix 5; }
@test "upgrades, warm, inet" { with warm survive upgrade inet 5; }
@test "upgrades, resident, unix" { with resident survive upgrade unix 5; }
@test "upgrades, resident, inet" { with resident survive upgrade inet 5; }
@test "upgrades that fail, call, unix" { with call survive failed_upgrade unix 1; }
@test "upgrades that fail, call, inet" { with call survive failed_upgrade inet 1; }
@test "upgrades that fail, warm, unix" { with warm survive failed_upgrade unix 1; }
@test "upgrades that fail, warm, inet" { with warm survive failed_upgrade inet 1; }
@test "upgrades that fail, resident, unix" { with resident survive failed_upgrade unix 1; }
@test "upgrades that fail, resident, inet" { with resident survive failed_upgrade inet 1; }
@test "an upgrade that never gets ready, call, unix" { with call survive slow_upgrade unix 1; }
@test "an upgrade that never gets ready, warm, inet" { with warm survive slow_upgrade inet 1; }
@test "an upgrade that never gets ready, resident, unix" { with resident survive slow_upgrade unix 1; }
@test "the old master killed, call, unix" { with call outlive master_killed unix 10; }
@test "the old master killed, call, inet" { with call outlive master_killed inet 10; }
@test "the old master killed, warm, unix" { with warm outlive master_killed unix 10; }
@test "the old master killed, warm, inet" { with warm outlive master_killed inet 10; }
@test "the old master killed, resident, unix" { with resident outlive master_killed unix 10; }
@test "the old master killed, resident, inet" { with resident outlive master_killed inet 10; }
@test "the new master killed, call, unix" { with call outlive successor_killed unix 10; }
@test "the new master killed, call, inet" { with call outlive successor_killed inet 10; }
@test "the new master killed, warm, unix" { with warm outlive successor_killed unix 10; }
@test "the new master killed, warm, inet" { with warm outlive successor_killed inet 10; }
@test "the new master killed, resident, unix" { with resident outlive successor_killed unix 10; }
@test "the new master killed, resident, inet" { with resident outlive successor_killed inet 10; }
@test "half-open clients, call, unix" { with call survive half_open unix 3; }
@test "half-open clients, call, inet" { with call survive half_open inet 3; }
@test "half-open clients, warm, unix" { with warm survive half_open unix 3; }
@test "half-open clients, warm, inet" { with warm survive half_open inet 3; }
@test "a connection of 3 s, call, unix" { with call survive transfer unix 1; }
@test "a connection of 3 s, call, inet" { with call survive transfer inet 1; }
@test "a connection of 3 s, warm, unix" { with warm survive transfer unix 1; }
@test "a connection of 3 s, warm, inet" { with warm survive transfer inet 1; }
@test "a connection of 3 s, resident, unix" { with resident survive transfer unix 1; }
@test "a connection of 3 s, resident, inet" { with resident survive transfer inet 1; }
@test "the time of day jumps, call, unix" { with call survive clock unix 1; }
@test "the time of day jumps, call, inet" { with call survive clock inet 1; }
@test "the time of day jumps, warm, unix" { with warm survive clock unix 1; }
@test "the time of day jumps, warm, inet" { with warm survive clock inet 1; }
@test "the time of day jumps, resident, unix" { with resident survive clock unix 1; }
@test "the time of day jumps, resident, inet" { with resident survive clock inet 1; }
@test "a crash on every tenth call, call, unix" { with call survive crash unix 1; }
@test "a crash on every tenth call, call, inet" { with call survive crash inet 1; }
@test "a crash on every tenth call, warm, unix" { with warm survive crash unix 1; }
@test "a crash on every tenth call, warm, inet" { with warm survive crash inet 1; }
@test "a crash on every tenth call, resident, unix" { with resident survive crash unix 1; }
@test "a crash on every tenth call, resident, inet" { with resident survive crash inet 1; }
