# shellcheck shell=bash
# every_key_programs: how the keys of programs are seen to be in force; every_key.bash has their rows.
# shellcheck disable=SC2154 # common.bash and every_key.bats know them

# Print what the program answers to two lines.
program_answers() {
  printf 'a\nb\n' | timeout 10 nc -NU s 3>&-
}

# Each is a copy of one that answers with its name.
in_force_module() {
  [[ ./$(ask which).so == "$1" ]]
}

in_force_command() {
  local answer=$'a\nb'
  [[ $1 == cat ]] || answer=$'b\na'
  [[ $(program_answers) == "$answer" ]]
}

# Each call has a process of its own, or all have that of the only worker.
in_force_start() {
  if [[ $1 == resident ]]; then
    wait_for 5 is_worker "$(program_answers)"
  else
    [[ $(program_answers) != "$(program_answers)" ]]
  fi
}

is_worker() { # PID
  [[ $(worker) == "$1" ]]
}

in_force_listener_descriptor() {
  local pid
  pid=$(program_answers)
  if [[ $1 == 0 ]]; then
    [[ $(readlink "/proc/$pid/fd/0") == socket:* && $(readlink "/proc/$pid/fd/3") != socket:* ]]
  else
    [[ $(readlink "/proc/$pid/fd/3") == socket:* && $(readlink "/proc/$pid/fd/0") == /dev/null ]]
  fi
}

# It changes by a restart alone: program_resident.bats. 04000 is O_NONBLOCK.
in_force_nonblocking() {
  local flags
  flags=$(sed -n 's/^flags:[[:blank:]]*//p' "/proc/$(program_answers)/fdinfo/3")
  ((!(flags & 04000)))
}

# It says when a notification counts, and that after a second else.
in_force_notify() {
  local says
  says=$("$BUILD/preforkctl" -s "$control" workers 3>&- | grep -c 'serves')
  if [[ $1 == yes ]]; then
    ((says > 0))
  else
    ((says == 0))
  fi
}

# A reload lasts so long.
in_force_ready_after() {
  local began=$EPOCHREALTIME
  "$BUILD/preforkctl" -s "$control" reload 3>&- || return
  if [[ $1 == 700ms ]]; then
    (($(elapsed_ms "$began") >= 650))
  else
    (($(elapsed_ms "$began") < 650)) || wait_for 10 in_force_ready_after "$1"
  fi
}

in_force_stop_signal() {
  local before
  before=$(grep -c "asked $1" "$log")
  "$BUILD/preforkctl" -s "$control" reload 3>&- || return
  wait_for 5 log_has_more "$before" "asked $1\$"
}

# is_limit LIMIT VALUE: the soft limit of the program, which prints /proc/self/limits; unlimited is the master's.
is_limit() {
  local pattern="^$1 +([^ ]+) .*" master_has
  master_has=$(sed -nE "s/$pattern/\1/p" "/proc/$master/limits")
  [[ $2 == unlimited ]] || [[ $master_has != "$2" ]] || return
  [[ $(program_answers | sed -nE "s/$pattern/\1/p") == "${2/unlimited/$master_has}" ]]
}

in_force_limit_files() {
  is_limit 'Max open files' "$1"
}

in_force_limit_memory() {
  is_limit 'Max data size' "${1/64m/67108864}"
}

in_force_limit_cpu() {
  is_limit 'Max cpu time' "${1/1h/3600}"
}

in_force_limit_processes() {
  is_limit 'Max processes' "$1"
}

in_force_nice() {
  [[ $(program_answers) == "${1/none/0}" ]]
}

in_force_umask() {
  [[ $(program_answers) == "${1/none/$(umask)}" ]]
}

in_force_environment() {
  program_answers | grep -qx "$1"
}

in_force_directory() {
  [[ $(program_answers) == "$1" ]]
}

# Of a program that ignores TERM, from when it says so, and whose connection a reload cuts by stop_timeout.
in_force_kill_after() {
  local before pid
  before=$(grep -c 'stop_timeout is over' "$log")
  begin_call one connect expect:deaf$'\n' say:in eof
  heard one in
  pid=$(programs)
  kill -HUP "$master"
  wait_for 5 log_has_more "$before" 'stop_timeout is over' || return
  if [[ $1 == 1h ]]; then
    let_pass 0.2
    refute has_ended "$pid" || return
    kill -KILL "$pid"
  fi
  end_call one
  wait_for 5 has_ended "$pid"
}

waiting_are_other_than() { # PIDS
  local now
  now=$(programs)
  [[ $now && $now != "$1" ]]
}

in_force_max_age() {
  local before
  wait_for 5 waiting_are_other_than ''
  before=$(programs)
  if [[ $1 == none ]]; then
    let_pass 0.15
    [[ $(programs) == "$before" ]]
  else
    wait_for 5 waiting_are_other_than "$before"
  fi
}
