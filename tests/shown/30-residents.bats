#!/usr/bin/env bats
# Line 30: programs that accept by themselves, the real ones, through 20 reloads and 5 upgrades under load.

# shellcheck disable=SC2154,SC2034 # helpers set and use them

load ../helpers/common
load ../helpers/port
load shown

reloads=20 upgrades=5

# What the programs hold open is their own affair.
descriptors_may_change=1

# begin_calls KIND, end_calls: 4 clients of calls.py, for 100 s at most; sets $ok, $failed and $line, what it printed.
begin_calls() {
  python3 "$BATS_TEST_DIRNAME/calls.py" "$1" "$port" 4 100 >calls 3>&- &
  calls=$!
}

end_calls() {
  kill -TERM "$calls"
  wait "$calls"
  line=$(<calls)
  read -r _ ok _ failed _ <calls
}

# cycle NAME KIND: the server of master.conf, ready on $port, is called as calls.py calls KIND, while it is reloaded and
# upgraded. Sets $lost of $calls_of_reloads, and $lost_by_upgrades.
cycle() {
  local i by_reloads
  begin_calls "$2"
  for ((i = 0; i < reloads; i++)); do
    let_pass 0.2
    timeout 20 "$BUILD/preforkctl" -c master.conf reload >reloaded 3>&-
  done
  end_calls
  lost=$failed calls_of_reloads=$((ok + failed)) by_reloads=$line
  at_least "calls" "$ok" 100
  begin_calls "$2"
  for ((i = 0; i < upgrades; i++)); do
    let_pass 0.2
    timeout 30 "$BUILD/preforkctl" -c master.conf upgrade >upgraded 3>&-
    follow_upgrade
  done
  end_calls
  lost_by_upgrades=$failed
  at_least "calls" "$ok" 50
  figure "line 30: $1: $reloads reloads: $by_reloads; $upgrades upgrades: $line"
  refute log_has ' in a row failed|stop_timeout is over|cannot read'
}

# cycle_example NAME KIND [SED]: the example of that name, changed by SED.
cycle_example() {
  [[ -d conf ]] || { mkdir conf && cp -r "$tree/conf/examples" conf; }
  change_ports "conf/examples/$1"
  start_master < <(sed "${3-}" "conf/examples/$1/$1.conf")
  cycle "$1" "$2"
}

none_lost() {
  assert_equal "$lost $lost_by_upgrades" '0 0' "lost by reloads, by upgrades"
}

needs() { # COMMAND...
  "$@" >/dev/null 2>&1 || skip "NOT HERE, and not tried: $*"
}

@test "resident C through 20 reloads and 5 upgrades under load: 0 failed" {
  needs cc --version
  mkdir conf
  cp -r "$tree/conf/examples" conf
  cc -O2 -D_GNU_SOURCE -o conf/examples/resident-c/server conf/examples/resident-c/server.c
  cycle_example resident-c byte
  none_lost
}

@test "resident Python through 20 reloads and 5 upgrades under load: 0 failed" {
  cycle_example resident-python line 's/^mode = .*/mode = inet/; s/^path = .*/port = 0/'
  none_lost
}

@test "node through 20 reloads and 5 upgrades under load: 0 failed" {
  needs node --version
  cycle_example node body
  none_lost
}

@test "gunicorn through 20 reloads and 5 upgrades under load: 0 failed" {
  needs gunicorn --version
  cycle_example gunicorn body
  none_lost
}

@test "uvicorn closes connections that it has accepted and read no request on: less than one of 500 calls is lost" {
  needs /usr/bin/python3 -m uvicorn --version
  cycle_example uvicorn body
  at_most "lost by reloads" "$lost" $((calls_of_reloads / 500))
  at_most "lost by upgrades" "$lost_by_upgrades" $((4 * upgrades))
}

@test "nginx through 20 reloads and 5 upgrades under load: 0 failed" {
  needs nginx -v
  cycle_example nginx path
  none_lost
}

@test "haproxy through 20 reloads and 5 upgrades under load: 0 failed" {
  needs haproxy -v
  cat >haproxy.cfg <<'CFG'
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s

frontend paths
  bind fd@3
  http-request return status 200 content-type text/plain lf-string "%[path]\n"
CFG
  start_master <<CONF
mode = inet
port = 0
control = control
service = program
start = resident
directory = .
command = haproxy -db -f haproxy.cfg
stop_signal = USR1
workers = 1
CONF
  cycle haproxy path
  none_lost
}

@test "in.tftpd through 20 reloads and 5 upgrades under load: the transfers under way are lost, 4 at most each time" {
  needs command -v in.tftpd
  [[ $(id -u) == 0 ]] || skip 'in.tftpd needs root'
  mkdir files
  head -c 20000 /dev/zero >files/data
  chmod -R a+rX . # it reads as another user
  cycle_example tftpd tftp 's|^directory = .*|directory = files|'
  at_most "lost by reloads" "$lost" $((4 * reloads))
  at_most "lost by upgrades" "$lost_by_upgrades" $((4 * upgrades))
}

@test "node that does not handle TERM loses what it has at a reload, 4 at most each time, as clients are 4" {
  needs node --version
  mkdir conf
  cp -r "$tree/conf/examples" conf
  sed -i '/SIGTERM/d; s/=> request.pipe(response)/=> setTimeout(() => request.pipe(response), 20)/' conf/examples/node/server.js
  cycle_example node body
  at_most "lost by reloads" "$lost" $((4 * reloads))
  at_least "lost by reloads" "$lost" 1
}

@test "nginx with stop_signal = TERM cuts what it has at a reload, 4 at most each time" {
  needs nginx -v
  cycle_example nginx path 's/^stop_signal = QUIT/stop_signal = TERM/'
  at_most "lost by reloads" "$lost" $((4 * reloads))
}
