#!/usr/bin/env bats
# Line 31: programs that are started ahead, and resident ones, beside a program for each connection, in one run.

# shellcheck disable=SC2154,SC2034 # helpers set and use them

load ../helpers/common
load ../helpers/port
load ../helpers/program
load shown

bytes=${transfer_bytes:-1073741824} pairs=${transfer_pairs:-15}

teardown() {
  [[ ! ${peer-} ]] || { kill "$peer" && wait "$peer"; } 2>/dev/null || true
  leave_test
}

# start_pools COMMAND: the pools `call` and `warm` of one master.
start_pools() {
  start_master <<CONF
service = program
command = $1
workers = 1
mode = inet
port = 0
idle_timeout = none
[pool call]
[pool warm]
start = warm
CONF
}

# start_relay WAY COMMAND: the barest relay; sets $relay_port.
start_relay() {
  "$bin/relay" "$1" sh -c "exec $2" >relay_port 3>&- &
  peer=$!
  wait_for 5 test -s relay_port
  relay_port=$(<relay_port)
}

# transfer WAY POOL: print the seconds; the pool `bare` is the barest relay.
transfer() {
  local port=$relay_port
  [[ $2 == bare ]] || use_master master "$2"
  python3 "$BATS_TEST_DIRNAME/transfer.py" "$1" "$port" "$bytes" 3>&-
}

# compare WAY LEAST COMMAND: how fast a warm program is, by that of one on call: the median of pairs in turns. Where
# the barest relay is slower than LEAST itself, that is what the kernel allows here: within 3 % of it is asked for then.
compare() {
  local pair order pool ratio bare
  declare -A took
  start_pools "$3"
  start_relay "$1" "$3"
  for ((pair = 1; pair <= pairs; pair++)); do
    order='call warm bare'
    ((pair % 2)) || order='bare warm call'
    for pool in $order; do
      took[$pool]=$(transfer "$1" "$pool")
    done
    printf '%s\n' "$(calculate "${took[call]} / ${took[warm]}")" >>ratios
    printf '%s\n' "$(calculate "${took[call]} / ${took[bare]}")" >>bare_ratios
  done
  ratio=$(percentile 50 <ratios) bare=$(percentile 50 <bare_ratios)
  figure "line 31: $bytes bytes $1 through a warm program: $ratio of the rate on call, the barest relay: $bare (medians" \
    "of $pairs pairs, at least $2)"
  at_least "the rate of warm over that of call, $1" "$ratio" "$(calculate "$bare < $2 ? 0.97 * $bare : $2")"
}

@test "1 GiB down through a warm program is at least half as fast as on call" {
  compare down 0.5 "sh -c 'read line; exec head -c $bytes /dev/zero'"
}

@test "1 GiB up through a warm program is at least 0.75 times as fast as on call" {
  compare up 0.75 'wc -c'
}

@test "each side ends its half by itself, with cat and with tac, on warm programs" {
  local begin program size=$((bytes / 16))
  seq 1 12000000 | head -c $size >much
  tac much >turned
  cp much straight
  for program in cat tac; do
    run_program inet $program start=warm
    begin=$EPOCHREALTIME
    timeout 100 nc -N 127.0.0.1 "$port" <much >got 3>&-
    [[ $program == tac ]] || cmp got straight
    [[ $program == cat ]] || cmp got turned
    figure "line 31: $size bytes each way through a warm $program, to both ends of file, in $(since "$begin") s"
    stop_master
  done
}

# The service increment in Python: for each connection, and in one process for all.
make_increment() {
  cat >increment.py <<'END'
import os
byte = os.read(0, 1)
if byte:
    os.write(1, bytes([(byte[0] + 1) & 255]))
END
  cat >resident.py <<'END'
import signal
import socket
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
listener = socket.socket(fileno=3)
listener.setblocking(True)
while True:
    with listener.accept()[0] as client:
        if byte := client.recv(1):
            client.sendall(bytes([(byte[0] + 1) & 255]))
END
}

start_tcpserver() {
  local port
  command -v tcpserver >/dev/null || skip 'NO TCPSERVER HERE: nothing is compared with it (ucspi-tcp)'
  port=$(free_port)
  "$bin/launch" tcpserver -c 200 -H -R -l 0 127.0.0.1 "$port" /usr/bin/python3 "$PWD/increment.py" \
    </dev/null >peer.out 2>&1 3>&- &
  peer=$! peer_endpoint=inet:127.0.0.1:$port
  wait_for 10 listens_at "$port"
}

waiting_are() { # N
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -q "\"programs_waiting\":$1[,}]"
}

# load_each OPTION...: ours and the peer in turns, four times each; each adds to NAME.p50 (ms), NAME.rate and NAME.late,
# the share of calls that took more than 10 ms.
load_each() {
  local name ours=$endpoint
  rm -f ./*.p50 ./*.rate ./*.late
  for name in ours peer peer ours ours peer peer ours; do
    endpoint=$ours
    [[ $name == ours ]] || endpoint=$peer_endpoint
    load_into load.json 60 --quiet --duration 4s --late 10ms "$@"
    assert_equal "$(json load.json failed)" 0 "failed, $name"
    printf '%s\n' "$(calculate "$(json load.json response.p50) / 1e6")" >>"$name.p50"
    printf '%s\n' "$(calculate "$(json load.json late.ended) / $(json load.json ok)")" >>"$name.late"
    json load.json achieved >>"$name.rate"
  done
  endpoint=$ours
}

# Its median.
middle() { # FILE
  percentile 50 <"$1"
}

@test "Python warm answers within a tenth of tcpserver's time at 20 and at 80 calls a second" {
  local rate
  make_increment
  start_tcpserver
  run_program inet "/usr/bin/python3 $PWD/increment.py" start=warm workers=8
  wait_for 10 waiting_are 8
  for rate in 20 80; do
    load_each --rate $rate
    figure "line 31: Python, $rate calls a second, to the first byte, medians of 4 runs: warm p50 $(middle ours.p50) ms," \
      "$(middle ours.late) of the calls over 10 ms; tcpserver p50 $(middle peer.p50) ms, $(middle peer.late)"
    at_most "p50 over that of tcpserver, $rate a second" "$(calculate "$(middle ours.p50) / $(middle peer.p50)")" 0.1
    at_most "share of calls over 10 ms, where p95 is under it, $rate a second" "$(middle ours.late)" 0.05
  done
}

@test "resident Python answers at least 50 times as many calls a second as tcpserver" {
  local ratio
  make_increment
  start_tcpserver
  run_program inet "/usr/bin/python3 $PWD/resident.py" start=resident workers=2 nonblocking=no
  load_each --connections 8
  ratio=$(calculate "$(middle ours.rate) / $(middle peer.rate)")
  figure "line 31: Python, calls a second: resident $(middle ours.rate), tcpserver $(middle peer.rate):" \
    "$ratio times as many (at least 50)"
  at_least "calls a second over those of tcpserver" "$ratio" 50
}
