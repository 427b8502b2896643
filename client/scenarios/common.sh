# What the scenarios share. Each starts its own master on a free address, in a directory of its
# own, loads it and stops it again:
#
#   . client/scenarios/common.sh
#   start_server <<EOF          # the configuration; sets $endpoint
#   mode = unix
#   path = @SOCKET@             # a path in the directory
#   EOF
#   load steady-unix --connections 4
#   stop_server
#
# BUILD says where the programs are (build). Whatever happens, nothing is left behind.
# shellcheck shell=bash

set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=${BUILD:-$here/../../build}
server='' failures=0

say() { printf '%s\n' "$*"; }

give_up() {
  say "${0##*/}: $*" >&2
  exit 1
}

for program in preforkd preforkload; do
  [[ -x $BUILD/$program ]] || give_up "$BUILD/$program is missing: run make, or set BUILD"
done

directory=$(mktemp -d "${TMPDIR:-/tmp}/preforkd.XXXXXX") || exit 1

clean_up() {
  [[ -z $server ]] || stop_server
  rm -rf "$directory"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Start a master with the configuration on standard input, and wait until it accepts.
start_server() {
  sed "s|@SOCKET@|$directory/socket|" >"$directory/conf"
  mkfifo "$directory/ready"
  "$BUILD/preforkd" -c "$directory/conf" --ready-fd 3 3>"$directory/ready" 2>"$directory/log" &
  server=$!
  # The end of file comes when it dies, the newline when every worker accepts.
  if ! read -r -t 60 _ <"$directory/ready"; then
    cat "$directory/log" >&2
    give_up "the server did not start"
  fi
  rm "$directory/ready"
  endpoint=$(sed -n 's/.*: ready: .* on \([a-z]*:[^ ,]*\).*/\1/p' "$directory/log")
}

# Load the server as NAME, with preforkload's options, and print its report.
load() {
  local name=$1
  shift
  say "== $name: preforkload $*"
  timeout 120 "$BUILD/preforkload" "$endpoint" "$@" || {
    say "$name failed: status $?" >&2
    failures=$((failures + 1))
  }
}

# Stop the server and print what it says that it served.
stop_server() {
  local pid=$server
  server=''
  kill -TERM "$pid" 2>/dev/null
  wait "$pid" || {
    say "the server ended with status $?" >&2
    failures=$((failures + 1))
  }
  tail -n 1 "$directory/log"
  say
}

# The last command of a scenario: its exit status.
finish() {
  [[ $failures == 0 ]]
}
