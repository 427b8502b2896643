# shellcheck shell=bash
# program: pools whose service is a program, for the files that load it.
# shellcheck disable=SC2154 # common.bash sets them

# run_program MODE COMMAND [KEY=VALUE...]
run_program() {
  local mode=$1 command=$2
  shift 2
  serve "$mode" service=program command="$command" control=control "$@"
}

# Print what the program answers to DATA, to end of file.
converse() { # DATA
  case $endpoint in
  unix:*) printf %b "$1" | timeout 10 nc -NU "$socket" 3>&- ;;
  *) printf %b "$1" | timeout 10 nc -N 127.0.0.1 "$port" 3>&- ;;
  esac
}

# Print the figure NAME of the pool.
figure() { # NAME
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -o "\"$1\":[^,}]*" | cut -d: -f2
}

figure_is() { # NAME VALUE
  [[ $(figure "$1") == "$2" ]]
}

# Print the pids of the programs that run, a line each.
programs() {
  local pid
  for pid in $(workers); do
    tr ' ' '\n' <"/proc/$pid/task/$pid/children"
  done | grep .
}

program_count_is() { # N
  [[ $(programs | wc -l) == "$1" ]]
}

# tell DATA: send a line, and wait for the end.
tell() {
  local fd
  exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  echo "$1" >&"$fd"
  read -r -t 10 _ <&"$fd" || true
  exec {fd}>&-
}
