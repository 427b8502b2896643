# shellcheck shell=bash
# cost: how the shown tests measure what a server costs; `load cost`, behind shown, also for a teardown of its own.
# shellcheck disable=SC2034,SC2154 # common.bash and the tests know them

load ../helpers/memory_group

# What a test that fails leaves behind.
end_started() {
  local pid
  for pid in ${started-}; do
    kill -KILL -- "-$pid" 2>/dev/null || true
  done
  [[ ! ${group-} ]] || wait_for 10 rmdir "$group" 2>/dev/null || true
}

teardown() {
  end_started
  leave_test
}

# until_ready COMMAND...: the seconds until the first line on its descriptor 4, which is the FIFO `ready`, in $took. Then
# it is killed with all that it started, and waited for.
until_ready() {
  local begin pid
  begin=$EPOCHREALTIME
  # Few descriptors: launch closes all that there may be, and that is no part of what is measured.
  (ulimit -n 256 && exec "$bin/launch" -k 4 "$@") 4>ready </dev/null >&4 2>>until.log 3>&- &
  pid=$! started+=" $!"
  read -r -t 30 <ready || fail "not ready in 30 s: $*" || return
  took=$(since "$begin")
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  wait_for 20 session_is_over "$pid"
}

# weigh_workers KEY=VALUE...: the kilobytes of each of 1,000 workers of $BUILD, the kernel's share included, in $each.
weigh_workers() {
  local bytes=0
  make_group shown || skip "no memory cgroup can be made here: it needs root and the memory controller"
  # shellcheck disable=SC2016 # the inner shell expands it
  runner=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group")
  serve unix workers=1000 "$@"
  wait_for 5 is_settled
  runner=()
  each=$(calculate "$bytes / 1000 / 1000")
  stop_master
  drop_group
}

# count_calls MODE KEY=VALUE...: the system calls a connection in $each, of 10,000 calls one after the other to one
# worker; the master's count too, and so do the start and the stop.
count_calls() {
  local calls
  command -v strace >/dev/null || skip "no strace"
  runner=(strace -f -c -o trace)
  serve "$1" workers=1 "${@:2}"
  runner=()
  load_into load.json 100 --connections 1 --requests 10000
  assert_equal "$(json load.json ok)" 10000 "answered"
  stop_master
  calls=$(awk '$NF == "total" { print $4 }' trace)
  each=$(calculate "$calls / 10000")
}
