#!/usr/bin/env bats
# Each attack of a hostile worker for 3 s, on unix and inet, while another pool is under load: that pool loses no
# request, and the control socket answers in time.

# shellcheck disable=SC2154 # helpers/common sets them

load ../helpers/common
load ../helpers/background_load
load ../helpers/hostile
load shown

endure_all() { # MODE
  local attack
  endure "$1"
  for attack in hints flags page steal stuff flood block log shut; do
    suffer $attack 3000
    figure "$1, $attack: ${times%%$'\n'*}"
  done
}

@test "a hostile worker, unix" {
  endure_all unix
}

@test "a hostile worker, inet" {
  endure_all inet
}
