# shellcheck shell=bash
# program: pools whose service is a program, for the files that load it.
# shellcheck disable=SC2154 # common.bash sets them

# shellcheck source=tests/helpers/place.bash
source "${BASH_SOURCE[0]%/*}/place.bash"

# run_program MODE COMMAND [KEY=VALUE...]
run_program() {
  local mode=$1 command=$2
  shift 2
  serve "$mode" service=program command="$command" control=control "$@"
}

# inherit FILE: the next master is started with a descriptor more, as a careless parent process leaves one open.
inherit() {
  # shellcheck disable=SC2016 # bash expands it
  runner+=(bash -c 'exec 60<"$0" && exec "$@"' "$1")
}

# Go where another user may come, unlike the directory of a test, and be that one for masters: a user
# without processes.
as_another_user() {
  ((EUID == 0)) || skip 'root alone can become another user'
  command -v setpriv >/dev/null || skip 'no setpriv'
  make_place
  cp "$BUILD/preforkd" "$place"
  chown 64999 "$place"
  cd "$place" || return
  # shellcheck disable=SC2034 # for start_master
  preforkd=$place/preforkd
  runner=(setpriv --reuid=64999 --regid=64999 --clear-groups)
}

# $output, of preforkd -t, says of FILE that it is ok, and nothing else, but to root that its programs are root's.
is_ok() { # FILE
  local expected="$1: configuration ok"
  ((EUID != 0)) || output=$(grep -v ": warning: pool main: programs run as root, because no 'user' is set\$" <<<"$output")
  assert_equal "$output" "$expected"
}

# Print what the program answers to standard input, to end of file.
exchange() {
  case $endpoint in
  unix:*) timeout $((20 * ${PATIENCE:-1})) nc -NU "$socket" 3>&- ;;
  *) timeout $((20 * ${PATIENCE:-1})) nc -N 127.0.0.1 "$port" 3>&- ;;
  esac
}

# Print what the program answers to DATA, to end of file.
converse() { # DATA
  printf %b "$1" | exchange
}

# N clients send the file MUCH, of which the program reads less: each gets `answer`.
unread_input_costs_no_answer() { # N MUCH
  local i
  for ((i = 0; i < $1; i++)); do
    exchange <"$2" >got 2>/dev/null || true
    assert_equal "$(<got)" answer "answer $i on $endpoint"
  done
}

# Two clients send DATA to the only worker. For each the program writes the pid of a process that it leaves behind,
# with its descriptors: it keeps neither the client nor the worker.
what_is_left_behind_keeps_nothing() { # DATA
  local began=$SECONDS left
  mapfile -t left < <(converse "$1" && converse "$1")
  ((SECONDS - began < 10 * ${PATIENCE:-1}))
  assert_equal ${#left[@]} 2
  kill "${left[@]}"
}

# After 20 connections and N more the only worker is as large as after the 20.
calls_leave_no_memory() { # N
  local i before
  for ((i = 0; i < 20; i++)); do tell x; done
  before=$(resident_kb)
  for ((i = 0; i < $1; i++)); do tell x; done
  wait_for 5 figure_is programs_ok $((20 + $1))
  (($(resident_kb) <= before + 128))
}

# Print how much memory the only worker has.
resident_kb() {
  awk '/^VmRSS/ { print $2 }' "/proc/$(worker)/status"
}

# While the call `one` has a program that says `was asked` on TERM, stop gracefully, then at once: it is asked, and its
# connection is cut.
stop_fast_beside_one() {
  kill -TERM "$master"
  wait_for 5 log_has 'stopping: waiting for 1 active connections'
  stop_master INT
  end_call one
  log_has 'program [0-9]+ \(pool main\): was asked'
  log_has 'stopped: pool main, 0 connections and 0 requests served, 1 cut'
}

# Write the program ./look: it prints its descriptors, signals and process group, and its own pid, which is that group.
write_look() {
  cat >look <<'END'
#!/bin/sh
[ "$1" ] && read -r line
ls /proc/self/fd | tr '\n' ' '
cat /proc/self/status | grep -E '^Sig(Blk|Ign|Cgt)'
cut -d' ' -f5 /proc/self/stat
echo $$
env
END
  chmod +x look
}

# What ./look has printed into the file GOT is what every program gets.
starts_clean() { # GOT
  local -a lines
  mapfile -t lines <"$1"
  assert_equal "${lines[0]}" $'0 1 2 3 SigBlk:\t0000000000000000' # ls has opened the directory as 3
  assert_equal "${lines[1]}" $'SigIgn:\t0000000000000000'
  assert_equal "${lines[2]}" $'SigCgt:\t0000000000000000'
  assert_equal "${lines[3]}" "${lines[4]}" "the process group"
  refute grep -E '^(LISTEN_|NOTIFY_|WATCHDOG_)' "$1"
}

# Print the variables that ./look has printed into the file GOT, in order, but for the shell's own.
variables_of() { # GOT
  tail -n +6 "$1" | grep -v '^PWD=\|^OLDPWD=\|^SHLVL=\|^_=' | sort
}

# Print the figure NAME of the pool.
figure() { # NAME
  members_of "$1" "$("$BUILD/preforkctl" -s control status --json 3>&-)"
}

figure_is() { # NAME VALUE
  [[ $(figure "$1") == "$2" ]]
}

# Print the pids of the programs that run, a line each.
programs() {
  find_programs && printf '%s\n' "${programs[@]}"
}

# Set `programs` to their pids; fails where there is none.
find_programs() {
  local pid
  local -a pids children
  programs=()
  mapfile -d ' ' -t pids <"/proc/$master/task/$master/children" || return
  for pid in "${pids[@]}"; do
    { mapfile -d ' ' -t children <"/proc/$pid/task/$pid/children"; } 2>/dev/null || continue # it has ended
    programs+=("${children[@]}")
  done
  ((${#programs[@]} > 0))
}

program_count_is() { # N
  local programs
  find_programs || true
  ((${#programs[@]} == $1))
}

# tell DATA: send a line, and wait for the end.
tell() {
  local fd
  exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  echo "$1" >&"$fd"
  read -r -t 10 _ <&"$fd" || true
  exec {fd}>&-
}
