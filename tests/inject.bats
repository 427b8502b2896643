#!/usr/bin/env bats
# System calls that fail, briefly (tests/faults/inject); `make shown` does all of them.

# shellcheck disable=SC2154 # bats sets them

load helpers/common

@test "where a system call fails nothing hangs, spins, crashes or is lost without a word: those that once did" {
  run env BUILD="$BUILD" INJECT_OUT="$PWD/inject" "$BATS_TEST_DIRNAME/faults/inject" short
  ((status != 2)) || skip "$output"
  ((status == 0)) || fail "$output"
}
