#!/usr/bin/env bats
# The log: a line for each connection, JSON, and what happens when it cannot be written.

load helpers/common
load helpers/pipe

# is_json FILE: each line must be one JSON object of strings and numbers, as the master writes them.
is_json() {
  local string='"([^"\\[:cntrl:]]|\\u00[0-9a-f]{2})*"' pair
  pair="$string:($string|-?[0-9]+)"
  [[ -s $1 ]] || fail "$1 is empty"
  refute grep -Evn "^\{$pair(,$pair)*\}$" "$1"
}

# The outcomes of the connections so far, in their order.
outcomes() {
  sed -n 's/.* connection: .*, \([a-z]*\)$/\1/p' "$1" | tr '\n' ' '
}

outcomes_are() { # FILE WORD...
  local file=$1
  shift
  [[ $(outcomes "$file") == "$* " ]]
}

# The number of lost lines that FILE reports.
lost() {
  sed -n 's/.*: \([0-9]*\) lines of the log were lost.*/\1/p' "$1" |
    awk '{ sum += $1 } END { print sum + 0 }'
}

all_are_reported() { # FILE COUNT
  (($(grep -c 'connection: .* answered$' "$1") + $(lost "$1") == $2))
}

@test "log_connections logs a line for each connection, at any log_level, and none without it" {
  serve inet log=file log_level=error log_connections=yes workers=1
  ask >/dev/null
  wait_for 5 grep -q 'connection:' file
  assert_match "$(grep connection: file)" \
    "^[0-9TZ:.-]+ preforkd\[$(worker)\]: connection: pool main, slot 0, 127\.0\.0\.1:[0-9]+, 1 bytes in, 1 out, 0\.[0-9]{6} s, answered$"
  stop_master
  serve inet log=silent workers=1
  ask >/dev/null
  stop_master
  refute grep connection: silent
}

@test "the line of a connection has its outcome: answered, closed, cut, lost" {
  serve unix log=file log_connections=yes workers=1 service=echo idle_timeout=150ms
  client=("$bin/client" "$endpoint")
  "${client[@]}" connect send:A expect:A half-close eof 3>&-
  "${client[@]}" connect close 3>&-
  "${client[@]}" connect eof 3>&-
  # It closes with answers unread, or before they are sent.
  "${client[@]}" connect send:A*50 close 3>&-
  wait_for 5 outcomes_are file answered closed cut lost
}

@test "a datagram is a connection, answered or dropped" {
  serve unix type=datagram log=file log_connections=yes workers=1
  "$bin/client" "dgram:$socket" connect datagram:5 close 3>&- # without a name: no return address
  "$BUILD/preforkcall" --datagram "$endpoint" >/dev/null 3>&-
  wait_for 5 outcomes_are file dropped answered
  grep -q ', a unix client, 5 bytes in, 0 out, .*, dropped$' file
}

@test "2,000 connections give 2,000 lines, less those that are reported as lost" {
  serve unix log=file log_connections=yes workers=4
  run "$BUILD/preforkload" "$endpoint" --quiet --requests 2000 3>&-
  assert_equal "$status" 0
  stop_master
  assert_equal $(($(grep -c 'connection: .* answered$' file) + $(lost file))) 2000
  assert_match "$(tail -n 1 file)" 'stopped: pool main, 2000 connections'
}

@test "JSON: every line of the log is an object, whatever bytes a client's name has" {
  serve unix log=file log_format=json log_level=debug log_connections=yes workers=1
  # Lines in the pipe that no worker writes: quotes, controls, broken UTF-8, forged marks, no newline.
  printf 'say "\\ \t \xff \xc3\xa9\n\x01{"pid":1\n\x01{not json}\n\n%5000s\nlast\n' x >lines
  write_pipes lines
  "$BUILD/preforkcall" "$endpoint" >/dev/null 3>&-
  wait_for 5 grep -q '"outcome":"answered"' file
  stop_master
  is_json file
  if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; [json.loads(line) for line in open(sys.argv[1], "rb")]' file
  fi
  grep -Eq '^\{"time":"[0-9-]{10}T[0-9:.]{15}Z","pid":[0-9]+,"level":"notice","message":"pool main: a worker wrote: say \\u0022\\u005c \\u0009 \\u00ff é"\}$' file
  grep -Eq '"level":"info","message":"connection: .*","event":"connection","pool":"main","slot":0,"peer":".*","bytes_in":1,"bytes_out":1,"duration_ns":[0-9]+,"outcome":"answered"\}$' file
  grep -q '"level":"notice","message":"ready: ' file
  log_has "^preforkd\[$master\]: ready: pool main"
}

# Write FILE into each pipe that the worker may write: one is that of the log, the other wakes the master.
write_pipes() { # FILE
  local fd count=0
  for fd in "/proc/$(worker)/fd/"*; do
    [[ $(readlink "$fd") == pipe:* && $(stat -c %A "$fd") == l-wx* ]] || continue
    ((${fd##*/} > 2)) || continue
    cat "$1" >"$fd"
    count=$((count + 1))
  done
  ((count > 0))
}

@test "USR1 opens the log again under load, and no line is lost" {
  serve unix log=file log_connections=yes workers=2
  "$BUILD/preforkload" "$endpoint" --quiet --requests 3000 >/dev/null 3>&- &
  pid=$!
  wait_for 5 grep -q connection: file
  mv file moved
  kill -USR1 "$master"
  wait "$pid"
  stop_master
  cat moved file >both
  assert_equal $(($(grep -c 'connection: .* answered$' both) + $(lost both))) 3000
}

@test "a log on a full disk keeps no client from being served" {
  serve unix log=/dev/full log_connections=yes workers=2
  run "$BUILD/preforkload" "$endpoint" --requests 2000 3>&-
  assert_equal "$status" 0
}

@test "a line that a full disk has cut is not continued by a master that opens the log" {
  printf 'cut' >file
  serve unix log=file
  assert_equal "$(head -n 1 file)" cut
  printf 'cut again' >>file
  kill -USR1 "$master"
  "$BUILD/preforkcall" unix:s >/dev/null 3>&-
  kill -HUP "$master"
  wait_for 5 grep -q ' reloaded: ' file
  grep -qx 'cut again' file
}

@test "a log that is a link of another user, in a directory that others can write, is refused" {
  ((EUID == 0)) || skip 'it takes root to be two users'
  echo precious >target
  mkdir -m 1777 shared
  ln -s "$PWD/target" shared/log
  chown -h 65534:65534 shared/log
  refuse_master 77 <<<$'mode = unix\npath = s\nlog = shared/log'
  assert_match "$output" "cannot open the log $PWD/shared/log: it is a link that another user has made"
  assert_equal "$(<target)" precious
  mkdir -m 0777 open
  ln -s "$PWD/target" open/log
  chown -h 65534:65534 open/log
  refuse_master 77 <<<$'mode = unix\npath = s\nlog = open/log'
  rm shared/log
  ln -s "$PWD/mine" shared/log
  serve unix log=shared/log
  grep -q ' ready: ' mine
}

@test "a log that is a link is read once, and never opened by its name: it leads where it led when it was judged" {
  command -v strace >/dev/null || skip 'no strace'
  sanitizers_leave detect_leaks=0
  mkdir links
  ln -s ../mine links/log
  printf '%s\n' 'mode = unix' 'path = s' 'log = links/log' >x.conf
  strace -f -o opened -e trace=open,openat "$bin/launch" "$BUILD/preforkd" -c x.conf 2>err 3>&- &
  pid=$!
  wait_for 5 grep -qs ' ready: ' mine || skip "strace may not run here: $(<err)"
  kill "$(grep -oE 'preforkd\[[0-9]+' mine | head -n 1 | tr -dc 0-9)"
  wait "$pid" || true
  grep -q 'links/log.*O_NOFOLLOW' opened
  refute grep -E '"[^"]*links/log".*O_WRONLY' <(grep -v O_NOFOLLOW opened)
}

@test "a standard error that is not read: all are served, and each line that was lost is counted once" {
  start_into_pipe 'workers = 2' 'log_connections = yes'
  run "$BUILD/preforkload" unix:s --requests 1000 3>&-
  assert_equal "$status" 0
  empty_pipe filled
  "$BUILD/preforkcall" unix:s >/dev/null 3>&-
  stop_into_pipe
  empty_pipe read
  exec {pipe}<&-
  cat filled read | tr -d '\0' >all # the master may have written while the first was read
  (($(lost all) > 0))
  all_are_reported all 1001
}

@test "lines that a worker cannot write to the pipe are counted while it lives" {
  serve unix log=file log_connections=yes workers=1
  kill -STOP "$master"
  # Half a mebibyte holds some 14,000 records.
  "$BUILD/preforkload" "$endpoint" --quiet --connections 1 --requests 20000 >/dev/null 3>&-
  kill -CONT "$master"
  wait_for 5 all_are_reported file 20000
  (($(lost file) > 0))
}

@test "a reload to a log that cannot be opened is refused, and standard error stays open when USR1 opens a log" {
  serve unix workers=1
  before=$(readlink "/proc/$master/fd/2")
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' "log = $PWD/absent/log" >master.conf
  kill -HUP "$master"
  wait_for 10 log_has "not reloaded: master.conf:4:7: cannot open the log $PWD/absent/log: No such file or directory"
  refute log_has ' reloaded: generation'
  mkdir absent
  kill -HUP "$master"
  wait_for 5 test -s absent/log
  mv absent/log old
  kill -USR1 "$master"
  wait_for 5 test -e absent/log
  assert_equal "$(readlink "/proc/$master/fd/2")" "$before"
  # shellcheck disable=SC2034 # for the judgement
  descriptors_may_change=1 # the log is one more
  stop_master
  grep -q 'stopped: pool main' absent/log
}

@test "a reload that changes log_format or log_level holds for the new workers" {
  serve unix workers=1
  old=$(worker)
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' 'log_connections = yes' 'log_format = json' >master.conf
  kill -HUP "$master"
  wait_for 10 log_has 'reloaded: generation 2'
  wait_for 5 has_ended "$old" # it may accept once more before
  ask
  wait_for 5 log_has '^\{"time":"[^"]*","pid":[0-9]+,"level":"info",.*"event":"connection"'
}

# log_as FORMAT: write master.conf so.
log_as() {
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' 'requests_per_connection = 2' 'log = file' \
    'log_connections = yes' "log_format = $1" >master.conf
}

@test "after a reload that changes log_format the lines of retiring workers have the new one, in both directions" {
  local old answered='connection: pool main, slot 0, a unix client, 2 bytes in, 2 out, [0-9.]+ s, answered'
  log_as json
  restart_master
  old=$(worker)
  hold first
  log_as text
  kill -HUP "$master"
  wait_for 10 grep -q 'reloaded: generation 2' file
  release first
  wait_for 5 grep -q connection: file
  assert_match "$(grep connection: file)" "^[0-9TZ:.-]+ preforkd\[$old\]: $answered\$"
  old=$(worker)
  hold second
  log_as json
  kill -HUP "$master"
  wait_for 10 grep -q 'reloaded: generation 3' file
  release second
  wait_for 5 grep -q '"event":"connection"' file
  assert_match "$(grep '"event":"connection"' file)" \
    "^\{\"time\":\"[0-9TZ:.-]+\",\"pid\":$old,\"level\":\"info\",\"message\":\"$answered\",\"event\""
}
