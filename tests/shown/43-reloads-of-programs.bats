#!/usr/bin/env bats
# Line 31: programs under load, for each kind of start: 20 reloads and 5 upgrades, and no call fails where the program
# finishes what it has begun.

# shellcheck disable=SC2154 # helpers set them

load ../helpers/common
load ../helpers/program
load ../helpers/reload
load ../helpers/upgrade
load ../helpers/background_load
load shown

# changes START MODE COMMAND [KEY=VALUE...]
changes() {
  local i begin calls
  run_program "$2" "$3" start="$1" workers=4 "${@:4}"
  begin_load 10000
  begin=$EPOCHREALTIME
  for ((i = 0; i < 20; i++)); do
    let_pass 0.1
    reload
  done
  for ((i = 0; i < 5; i++)); do
    upgrade
    follow_upgrade
  done
  took=$(since "$begin")
  refute has_ended "$generator" # all of them were under load
  end_load
  calls=$(json_figure ok)
  figure "line 31: 20 reloads and 5 upgrades in $took s, start = $1, $2: $calls calls in 10 s, 0 failed"
  at_least "calls" "$calls" 1000
}

@test "a program for each call: 20 reloads and 5 upgrades under load, 0 failed, unix" {
  changes call unix "$bin/handler"
}

@test "a program for each call: 20 reloads and 5 upgrades under load, 0 failed, inet" {
  changes call inet "$bin/handler"
}

@test "programs that wait for their clients: 20 reloads and 5 upgrades under load, 0 failed, unix" {
  changes warm unix "$bin/handler"
}

@test "programs that wait for their clients: 20 reloads and 5 upgrades under load, 0 failed, inet" {
  changes warm inet "$bin/handler"
}

@test "resident programs: 20 reloads and 5 upgrades under load, 0 failed, unix" {
  changes resident unix "$bin/resident" ready_after=20ms
}

@test "resident programs: 20 reloads and 5 upgrades under load, 0 failed, inet" {
  changes resident inet "$bin/resident" ready_after=20ms
}
