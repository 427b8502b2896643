# shellcheck shell=bash
# Before the first test: there must be programs to test, and sanitizers say what they find.

# shellcheck source=tests/helpers/sanitizer.bash
source "${BASH_SOURCE[0]%/*}/helpers/sanitizer.bash"

setup_suite() {
  if [[ ! -x ${BUILD:?run the suite with make test}/preforkd || ! -x $BUILD/tests/launch ]]; then
    echo "nothing built in $BUILD: run 'make test'" >&2
    return 1
  fi
  export LC_ALL=C
  export PAUSE_FIFO=$BATS_RUN_TMPDIR/pause # helpers/wait.bash
  mkfifo "$PAUSE_FIFO"
  # A test that hangs is a failure, not the end of the run. AddressSanitizer makes a busy machine ten times slower.
  local seconds=60
  unset SANITIZED # of the run in which a test starts this one
  if is_sanitized; then
    seconds=180
    export PATIENCE=3
  fi
  export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-$seconds}
  # Abort, so that a worker's find shows as a signal in the master's log as well.
  export ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:abort_on_error=1
}
