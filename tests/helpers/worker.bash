# shellcheck shell=bash
# worker: one worker and what its descriptors and clients show; `load helpers/worker`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

# serve_one MODE KEY=VALUE...: start a master with one worker, unless KEY=VALUE changes that.
serve_one() {
  serve "$1" workers=1 "${@:2}"
}

# call [-n COUNT] ACTION...: run helpers/client.c against the master; sets $output.
call() {
  local count=1
  if [[ $1 == -n ]]; then
    count=$2
    shift 2
  fi
  run "$bin/client" -n "$count" "$(target)" "$@" 3>&-
  assert_equal "$status" 0 "the exit status of client $*, with '$output',"
}

# descriptors PID: print how many it has.
descriptors() {
  find "/proc/$1/fd" -mindepth 1 | wc -l
}

descriptors_are() { # PID N
  [[ $(descriptors "$1") == "$2" ]]
}

# Print the context switches of PID: they change when a process does anything.
switches() { # PID
  awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$1/status"
}

has_moved() { # PID SWITCHES
  (($(switches "$1") > $2 + 10))
}

# starve: no new worker of $master has a descriptor left for its epoll, until it has $limit again.
starve() {
  # shellcheck disable=SC2034 # for the tests
  limit=$(prlimit --pid "$master" --nofile --noheadings --output SOFT)
  prlimit --pid "$master" --nofile=3:
}
