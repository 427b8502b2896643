# shellcheck shell=bash
# warm: pools with start = warm; behind helpers/program.
# shellcheck disable=SC2154,SC2016 # common.bash sets them; programs have variables of their own

# run_warm MODE COMMAND [KEY=VALUE...]: with one program that waits for each worker. The command ./say is one that says
# its pid and each line that it reads.
run_warm() {
  printf '#!/bin/sh\nwhile read -r line; do echo "$$ $line"; done\n' >say
  chmod +x say
  run_program "$1" "$2" start=warm "${@:3}"
}

waiting_is() { # N
  figure_is programs_waiting "$1"
}

program_is_other_than() { # PID
  local now
  now=$(programs)
  [[ $now && $now != "$1" ]]
}

# Whether the process has ended, be it reaped or not.
is_killed() { # PID
  has_ended "$1" || grep -q '^State:.Z' "/proc/$1/status"
}
