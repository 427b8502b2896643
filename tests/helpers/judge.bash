# shellcheck shell=bash
# judge: what has to hold for each master when its test ends; common.bash loads it.
# shellcheck disable=SC2154 # common.bash sets them

# Set $count to the number of descriptors of PID: 0 where it has ended. Without a process, as each test does it
# for each process of its masters.
descriptors_of_process() { # PID
  set -- "/proc/$1/fd/"*
  count=$#
  [[ $1 != *'*' ]] || count=0
}

# Set $seen to the descriptors of the master, and of the worker that has most; workers beyond 64 are left out.
see_descriptors() { # MASTER
  local pid count most=0
  local -a pids
  mapfile -d ' ' -n 64 -t pids <"/proc/$1/task/$1/children"
  for pid in "${pids[@]}"; do
    descriptors_of_process "$pid"
    ((count <= most)) || most=$count
  done
  descriptors_of_process "$1"
  seen="$count $most"
}

# Print what see_descriptors sees.
count_descriptors() { # MASTER
  local seen
  see_descriptors "$1"
  echo "$seen"
}

descriptors_are_as_before() { # NAME
  local seen
  local -a now before
  see_descriptors "${master_of[$1]}"
  # shellcheck disable=SC2206 # two numbers each
  now=($seen) before=(${descriptors_of[$1]})
  ((now[0] <= before[0] && now[1] <= before[1])) ||
    fail "descriptors (master, worker): ${now[*]}, before: ${before[*]}"
}

has_no_zombie() { # PARENT
  local pid
  local -a pids
  mapfile -d ' ' -t pids <"/proc/$1/task/$1/children"
  for pid in "${pids[@]}"; do
    refute has_ended "$pid" || return
  done
}

judge_living() { # NAME
  local process
  find_process_of "$1"
  if has_ended "$process"; then
    wait "${leader_of[$1]}" 2>/dev/null || true
    fail "the master $1 died"
    return
  fi
  wait_for 5 has_no_zombie "${master_of[$1]}" || return
  [[ ${descriptors_may_change-} ]] || wait_for 10 descriptors_are_as_before "$1" 2>/dev/null ||
    descriptors_are_as_before "$1"
}

# Whether the session that began with process PID is empty. An orphan's zombie is not ours to reap.
session_is_over() { # PID
  # To look for leaks at its end would take LeakSanitizer longer than all that it does.
  ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 "$bin/session" "$1" 3>&-
}

judge_dead() { # NAME
  local found crash='AddressSanitizer|LeakSanitizer|runtime error:|==ERROR|stack smashing|buffer overflow'
  crash+='|killed by SIG(SEGV|ABRT|BUS|FPE|ILL|SYS|TRAP)|worker.* does not react'
  if ! wait_for 10 session_is_over "${leader_of[$1]}"; then
    ps -s "${leader_of[$1]}" -o pid=,ppid=,stat=,args= >&2
    fail "processes of $1 are left"
    return
  fi
  if file_has "${log_of[$1]}" "$crash" && found=$(grep -E "$crash" "${log_of[$1]}") && grep -Ev "${expected:-^never$}" <<<"$found" >&2; then
    fail "the log of $1 has a crash"
  fi
}
