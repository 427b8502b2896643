#!/usr/bin/env bats
# Line 24: each system call that fails, at each occurrence and with each error (tests/faults/inject).

# shellcheck disable=SC2154 # bats sets them

load ../helpers/common
load shown

# Longer than the other tests.
setup_file() {
  export BATS_TEST_TIMEOUT=1800
}

@test "where any system call fails nothing hangs, spins, crashes or is lost without a word" {
  run "$BATS_TEST_DIRNAME/../faults/inject" full
  ((status != 2)) || skip "$output"
  figure "line 24: $(wc -l <"$BUILD/inject/rows") failures of system calls:"
  figure "$output"
  ((status == 0)) || fail "$output"
}
