# shellcheck shell=bash
# programs: what the pool runs in faults.bash: the service echo; or with start=call, warm or resident
# helpers/number_program.c, started so.
# shellcheck disable=SC2034,SC2154 # faults.bash and common.bash set and read them

# prepare_service: $service is what the configuration says of it, KEY=VALUE each; $misspelled is its name with a mistake.
# With $every the program crashes at each number that this divides.
prepare_service() {
  service=(service=echo) misspelled=ekho
  [[ ${start-} ]] || return 0
  local command=./number_program
  cp --remove-destination "$bin/number_program" .
  [[ $start != resident ]] || command+=' -l 3'
  [[ ! ${every-} ]] || command+=" -x $every"
  service=(service=program start="$start" command="$command") misspelled=progam
  [[ $start != resident ]] || service+=(ready_after="${ready_after-20ms}")
}

# Of the settings KEY=VALUE on standard input, those that a pool with $start may have: of resident programs no
# connection is seen. Where the kernel has no idle_timeout for a program, max_connection_time is what cuts.
applicable() {
  case ${start-} in
  resident) sed '/^idle_timeout=/d' ;;
  call) sed 's/^idle_timeout=/max_connection_time=/' ;;
  *) cat ;;
  esac
}

# The same as lines of a configuration file.
service_lines() {
  printf '%s\n' "${service[@]/=/ = }"
}

# Whether the master has counted each crash: of a program it ran, or of one of its own.
crashes_are() { # N
  local name=programs_signalled
  [[ $start != resident ]] || name=crashes
  [[ $("$BUILD/preforkctl" -s control status --json 3>&- | grep -o "\"$name\":[0-9]*") == *":$1" ]]
}

# A resident program has to live for ready_after before it crashes, or it counts as one that does not start: so there
# is a pause between calls.
fault_crash() {
  local think_ms=5 ready_after=1ms
  stimulus="the program crashes on every tenth call, which is cut; $think_ms ms between calls"
  every=10 expected='killed by SIGABRT'
  prepare_service
  serve_echo "$1"
  begin_numbers
  end_numbers
  assert_equal "$crashed" $(((requests + every - 1) / every)) "crashed, of $requests"
  wait_for 10 crashes_are "$crashed"
}
