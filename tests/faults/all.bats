#!/usr/bin/env bats
# Faults at full size, on unix and inet sockets: `make faults`.

# shellcheck disable=SC2154,SC2034 # faults.bash and common.bash know them

load ../helpers/common
load faults
load survive

setup() {
  enter_test
  seconds=30 pause=1.3
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
@test "the time of day jumps for workers, unix" { survive worker_clock unix 1; }
@test "the time of day jumps for workers, inet" { survive worker_clock inet 1; }
