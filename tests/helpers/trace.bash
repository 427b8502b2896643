# shellcheck shell=bash
# trace: strace(1) on a process that runs already.

declare -gA tracer_of

# trace PID [-n NAME] OPTION...: until end_trace [-n NAME]; what strace prints is in NAME.out
# (trace.out). The test is skipped where tracing is not permitted.
trace() {
  local pid=$1 name=trace
  shift
  if [[ ${1-} == -n ]]; then
    name=$2
    shift 2
  fi
  command -v strace >/dev/null || skip "no strace"
  rm -f "$name.err" # that of the trace before
  strace -p "$pid" -o "$name.out" "$@" 2>"$name.err" 3>&- &
  tracer_of[$name]=$!
  wait_for 5 trace_began "$name"
  if [[ $(<"$name.err") != *attached* ]]; then
    skip "strace may not attach here: $(<"$name.err")"
  fi
}

trace_began() { # NAME
  [[ -e $1.err && $(<"$1.err") == *attached* ]] || has_ended "${tracer_of[$1]}"
}

end_trace() {
  local name=trace
  [[ ${1-} != -n ]] || name=$2
  kill -TERM "${tracer_of[$name]}"
  { wait "${tracer_of[$name]}"; } 2>/dev/null || true # it ends itself by the signal
}

# The next master runs as on a kernel before 5.9, which has no close_range(2).
without_close_range() {
  command -v strace >/dev/null || skip "no strace"
  strace -o probe true 2>probe.err || skip "strace may not trace here: $(<probe.err)"
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  ulimit -n 1024                  # the descriptors that a worker closes one by one
  # shellcheck disable=SC2034 # for start_master
  runner=(strace -f -o trace -e trace=close_range -e inject=close_range:error=ENOSYS)
}
