# shellcheck shell=bash
# bats: what bats does for each test, with fewer processes and commands: half of what a test takes that does nothing.
# common.bash loads it. It takes the place of functions of bats 1.8; a version that has no such function does without.
# shellcheck disable=SC2154,SC2034,SC2317 # bats sets, reads and calls them

[[ $BATS_VERSION == 1.8.* ]] || return 0

# Bats' own runs date(1).
get_mills_since_epoch() {
  echo "$((${EPOCHREALTIME/[.,]/} / 1000))"
}

# bats_start_timeout_countdown SECONDS: have the test fail then. Bats' own runs sleep(1) below another shell.
bats_start_timeout_countdown() {
  # shellcheck disable=SC2064 # expanded now
  trap "bats_timeout_trap $$" ABRT
  (
    trap 'exit 0' ABRT # the test has ended
    read -r -t "$1" -u "$pause_fd" || true
    if kill -ABRT $$; then
      bats_kill_childprocesses_of $$ # which may hold it up
    fi &>/dev/null
  ) &
}

# bats_debug_trap FILE: note which line of the test is run, for the report of its failure. Bats' own looks for each
# command whether there is more to note.
if [[ ! ${TRACE-} ]]; then
  bats_debug_trap() {
    [[ $1 != "$BATS_ROOT"/lib* && ! ${BATS_INTERRUPTED-}${BATS_TIMED_OUT-} ]] || return 0
    BATS_DEBUG_LASTLAST_STACK_TRACE=("${BATS_DEBUG_LAST_STACK_TRACE[@]}")
    BATS_DEBUG_LAST_LINENO=("${BASH_LINENO[@]}")
    BATS_DEBUG_LAST_SOURCE=("${BASH_SOURCE[@]}")
    if [[ ${FUNCNAME[1]} == "$BATS_TEST_NAME" ]]; then
      BATS_DEBUG_LAST_STACK_TRACE=("${BASH_LINENO[0]} ${FUNCNAME[1]} $1")
    else
      bats_capture_stack_trace
    fi
  }
fi

# Bats' own use for each test: the file goes with the directory of the run.
rm() {
  [[ "$*" == "-f $BATS_OUT" ]] || command rm "$@"
}
