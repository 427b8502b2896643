# common: functions for the scenarios. Each scenario starts its own master on a free address, in a
# temporary directory, loads it, stops it, and prints a table with one line for each load:
#
#   . client/scenarios/common.sh
#   start_server <<CONF         # the configuration; sets $endpoint
#   $(listen_on unix)           # or inet
#   workers = 8
#   CONF
#   load "letters, unix" --connections 4 --duration 2s      # name in the table; preforkload's options
#   stop_server
#   finish                      # the table; 1 where anything failed
#
# BUILD is the directory of the programs (build); BRIEF=1 prints a few lines of each report instead of
# all of it; TABLE is a file to which the lines are appended, for `all`. Nothing is left behind, not even
# after Ctrl-C.
# shellcheck shell=bash

set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=${BUILD:-$here/../../build}
failures=0

say() { printf '%s\n' "$*"; }

give_up() {
  say "${0##*/}: $*" >&2
  exit 1
}

for program in preforkd preforkload; do
  [[ -x $BUILD/$program ]] || give_up "$BUILD/$program is missing: run make, or set BUILD"
done

directory=$(mktemp -d "${TMPDIR:-/tmp}/preforkd.XXXXXX") || exit 1
lines=${TABLE:-$directory/lines}

# Run at every exit: end the background jobs and remove the directory.
clean_up() {
  trap '' INT TERM
  jobs -p | while read -r pid; do
    kill -TERM "$pid" 2>/dev/null
  done
  wait
  rm -rf "$directory"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Print the part of a configuration with a free address: other runs at the same time have others.
listen_on() { # unix|inet
  case $1 in
  unix) printf '%s\n' 'mode = unix' "path = $directory/socket" ;;
  inet) printf '%s\n' 'mode = inet' 'address = 127.0.0.1' 'port = 0' ;;
  esac
}

# Start a master with the configuration on standard input, and return when every worker accepts.
start_server() {
  cat >"$directory/conf"
  mkfifo "$directory/ready"
  "$BUILD/preforkd" -c "$directory/conf" --ready-fd 3 3>"$directory/ready" 2>"$directory/log" &
  server=$!
  # The master writes a newline when it is ready; if it dies first, read gets the end of file.
  if ! read -r -t 60 _ <"$directory/ready"; then
    cat "$directory/log" >&2
    give_up "the server did not start"
  fi
  rm "$directory/ready"
  endpoint=$(sed -n 's/.*: ready: .* on \([a-z]*:[^ ,]*\).*/\1/p' "$directory/log")
}

# Print one line for the table from the report on standard input. Percentiles are found by their titles.
summarize() { # NAME STATUS
  awk -v name="$1" -v status="$2" '
    BEGIN { rate = p50 = p99 = max = failed = "-"; verdict = "no report" }
    $1 == "counts" { for (i = 2; i < NF; i++) if ($i == "failed") failed = $(i + 1) + 0 }
    $1 == "rate" { rate = $2 }
    $1 == "latency" { for (i = 2; i <= NF; i++) column[$i] = i }
    /^  response/ { p50 = $column["p50"]; p99 = $column["p99"]; max = $column["max"] }
    $1 == "verdict" { sub(/^verdict +/, ""); verdict = $0 }
    END {
      if (status != 0) verdict = "FAILED (status " status "): " verdict
      print name "\t" rate "\t" p50 "\t" p99 "\t" max "\t" failed "\t" verdict
    }'
}

# Run preforkload with OPTIONs, print its report, and add a line called NAME to the table.
load() { # NAME OPTION...
  local name=$1 report=$directory/report status=0
  shift
  say "== $name: preforkload $*"
  "$BUILD/preforkload" "$endpoint" ${BRIEF:+--quiet} "$@" >"$report" || status=$?
  if [[ ${BRIEF-} ]]; then
    grep -E '^(counts|held|schedule|rate|latency|  response|verdict|PASS|FAIL)' "$report"
  else
    cat "$report"
  fi
  # Status 3 means that the generator was late, and the verdict says so. If nothing else is wrong, the
  # latencies are valid: those of an open loop count from when each request was due.
  if [[ $status == 3 ]] && grep -q ' failed 0, dropped 0$' "$report" && ! grep -q '^FAIL ' "$report"; then
    status=0
  fi
  summarize "$name" "$status" <"$report" >>"$lines"
  if [[ $status != 0 ]]; then
    say "$name failed: status $status" >&2
    failures=$((failures + 1))
  fi
}

# Stop the server and print its last line: what it served.
stop_server() {
  kill -TERM "$server" 2>/dev/null
  wait "$server" || {
    say "the server ended with status $?" >&2
    failures=$((failures + 1))
  }
  tail -n 1 "$directory/log"
  say
}

print_table() {
  local row='%-36s %12s %8s %8s %8s %7s  %s\n'
  # shellcheck disable=SC2059 # one format for all lines
  printf "$row" load rate p50 p99 max failed verdict
  awk -F '\t' -v row="$row" '{ printf row, $1, $2, $3, $4, $5, $6, $7 }' "$lines"
}

# Print the table. The last command of a scenario: its status is the exit status.
finish() {
  [[ ${TABLE-} || ! -s $lines ]] || print_table
  [[ $failures == 0 ]]
}
