#!/usr/bin/env bats
# Line 23: each signal that the master handles, at each millisecond from 0 to 50 after exec, twice.

# shellcheck disable=SC2154 # common.bash and shown.bash know them

load ../helpers/common
load ../helpers/early_signal
load shown

# signals MODE SIGNAL...
signals() {
  local _ signal ms count=0
  configure_early "$1"
  for signal in "${@:2}"; do
    for _ in 1 2; do
      for ms in {0..50}; do
        signal_early "$signal" "$ms"
        count=$((count + 1))
      done
    done
  done
  figure "line 23: $count signals 0 to 50 ms after exec, $1, ${*:2}: each time it served, or ended with nothing left"
}

@test "signals that stop, unix" { signals unix TERM INT QUIT; }
@test "signals that stop, inet" { signals inet TERM INT QUIT; }
@test "signals that do not, unix" { signals unix HUP USR1 CHLD CONT; }
@test "signals that do not, inet" { signals inet HUP USR1 CHLD CONT; }
@test "an upgrade at once, unix" { signals unix USR2; }
@test "an upgrade at once, inet" { signals inet USR2; }
