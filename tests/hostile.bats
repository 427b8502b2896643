#!/usr/bin/env bats
# A worker in the hands of an attacker: what it does to the memory and the descriptors that it has harms its own
# pool, and that no longer than it lives.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load
load helpers/hostile

@test "a hostile worker costs another pool no request and the control socket no time, and its own pool a second at most" {
  endure unix
  for attack in hints flags page steal stuff flood block; do
    suffer $attack 300
  done
  # shellcheck disable=SC2034 # for the judgement: the attacker's end
  stop_master
}

# are_gone PID...: all but the attacker.
are_gone() {
  local pid
  for pid in "$@"; do
    [[ $pid == "$attacker" ]] || has_ended "$pid" || return
  done
}

@test "workers leave at once, too, where another one has made the listener a blocking one" {
  for mode in unix inet; do
    endure $mode
    strike block
    for pid in $(workers); do
      [[ $pid == "$attacker" ]] || kill -USR2 "$pid" # it tries accept
    done
    let_pass 0.1
    mapfile -t old < <(workers)
    "$BUILD/preforkctl" -s control reload 3>&-
    wait_for 1 are_gone "${old[@]}"
    is_served
    kill -KILL "$attacker"
    stop_master
    : >"$log"
  done
}
