#!/usr/bin/env bats
# Datagrams, over UDP and unix sockets: what is answered, from where, and what is dropped and counted.

load helpers/common

# serve_udp KEY=VALUE..., serve_unix KEY=VALUE...: start a master with one worker, unless it is said
# otherwise; one answers and drops datagrams in the order in which they came. Those of a unix socket are root's, if
# root starts them: they answer to socket files of clients in a directory of root's.
serve_udp() {
  start_master "${@/#/-o}" <<<$'mode = inet\ntype = datagram\nport = 0\nworkers = 1'
}

serve_unix() {
  start_master "${@/#/-o}" <<<$'mode = unix\ntype = datagram\npath = d\nworkers = 1\nuser = root'
}

# Print $endpoint as helpers/client.c takes it.
target() {
  case $endpoint in
  inet:*) echo "udp:$port" ;;
  *) echo "dgram:${endpoint#unix:}" ;;
  esac
}

# call KIND:ADDRESS ACTION...: run helpers/client.c; sets $output.
call() {
  run "$bin/client" "$@" 3>&-
  assert_equal "$status" 0 "the exit status of client $*, with '$output',"
}

# The stop line of the only pool tells of RECEIVED, ANSWERED and DROPPED datagrams.
stopped_with() { # RECEIVED ANSWERED DROPPED
  stop_master
  log_has "stopped: pool main, $1 connections and $2 requests served, 0 cut, 0 refused, $3 dropped" ||
    fail "$(tail -n 1 "$log")"
}

@test "increment answers every byte of a datagram, whatever requests_per_connection says" {
  serve_udp
  call "udp:$port" connect send:HAL expect:IBM all-bytes:1
  stop_master
  serve_unix
  call dgram:d from:@me connect send:HAL expect:IBM all-bytes:1
  stopped_with 2 2 0
}

@test "echo returns a datagram as it is" {
  serve_udp service=echo
  call "udp:$port" connect send:HAL expect:HAL all-bytes:0
  stop_master
  serve_unix service=echo
  call dgram:d from:me connect send:HAL expect:HAL all-bytes:0
}

@test "an empty datagram is a request, and its answer is empty" {
  serve_udp
  call "udp:$port" connect datagram:0 receive send:A expect:B
  assert_equal "$output" "0 bytes"
  stopped_with 2 2 0
  serve_unix
  call dgram:d from:me connect datagram:0 receive send:A expect:B
  assert_equal "$output" "0 bytes"
  stopped_with 2 2 0
}

@test "the largest UDP datagram, 65507 bytes, is answered whole" {
  serve_udp
  call "udp:$port" connect datagram:65507 receive
  assert_equal "$output" "65507 bytes of B"
}

@test "a unix datagram of 65536 bytes is answered whole, and a larger one dropped" {
  serve_unix
  call dgram:d from:me connect datagram:65536 receive
  assert_equal "$output" "65536 bytes of B"
  call dgram:d from:you connect datagram:65537 send:A expect:B nothing
  stopped_with 3 2 1
}

@test "a datagram of a unix sender without a name is dropped and counted, and the next one is served" {
  serve_unix
  call dgram:d connect send:A send:B
  assert_equal "$(ask --datagram)" "char from server = B"
  stopped_with 3 1 2
}

@test "an answer to a sender that is gone or has no room is dropped and counted, and keeps no worker" {
  serve_unix service=echo
  call dgram:d from:gone connect send:A close
  # It never reads: its own queue (net.unix.max_dgram_qlen) is full before this ends.
  call dgram:d from:full connect "send:A*2000"
  assert_equal "$(ask --datagram A)" A
  stop_master
  assert_match "$(tail -n 1 "$log")" '2002 connections and ([0-9]+) requests served, .* ([0-9]+) dropped'
  assert_equal "$((BASH_REMATCH[1] + BASH_REMATCH[2]))" 2002
  ((BASH_REMATCH[2] >= 2))
}

@test "a datagram from a privileged port gets no answer, and is counted" {
  [[ $EUID == 0 ]] || skip "only root may send from a privileged port"
  serve_udp
  begin_call privileged from:127.0.0.9:1023 connect send:A say:sent wait nothing
  heard privileged sent
  assert_equal "$(ask --datagram)" "char from server = B" # which came later
  let_go privileged
  end_call privileged
  stopped_with 2 1 1
}

@test "a datagram from our own port gets no answer: two services must not talk for ever" {
  serve_udp service=echo
  begin_call twin "from:127.0.0.9:$port" connect send:A say:sent wait nothing
  heard twin sent
  assert_equal "$(ask --datagram A)" A
  let_go twin
  end_call twin
  stopped_with 2 1 1
}

# received POOL: how many datagrams it has had.
received() {
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -o "\"$1\":{.*" | grep -o '"accepted":[0-9]*' | head -n 1 | cut -d: -f2
}

@test "two pools do not answer each other for ever after a datagram with a false sender's address" {
  [[ $EUID == 0 ]] || skip 'only root may send one'
  for addresses in '127.0.0.1 127.0.0.1' '* *' '127.0.0.1 0.0.0.0'; do
    start_master <<CONF
control = control
mode = inet
type = datagram
port = 0
service = echo
workers = 1
[pool one]
address = ${addresses% *}
[pool two]
address = ${addresses#* }
CONF
    use_master master two
    two=$port
    use_master master one
    "$bin/spoof" "$port" "$two" 3>&-
    call "udp:$port" connect send:A expect:A
    let_pass 0.1
    sum=$(($(received one) + $(received two)))
    ((sum <= 3)) || fail "$addresses: $sum datagrams"
    stop_master
  done
}

@test "nor do unix pools after one whose sender has a relative name" {
  start_master <<CONF
control = control
mode = unix
type = datagram
service = echo
workers = 1
user = root
[pool one]
path = one
[pool two]
path = two
CONF
  mkdir elsewhere
  for name in one two; do
    (cd elsewhere && call dgram:../one "from:$name" connect send:A)
  done
  call dgram:one from:me connect send:A expect:A
  let_pass 0.1
  sum=$(($(received one) + $(received two)))
  ((sum <= 5)) || fail "$sum datagrams"
}

@test "UDP answers from the address that was asked" {
  for address in '*' 0.0.0.0; do
    serve_udp "address=$address"
    # Both clients are connected, so each receives from the address that it connected to alone.
    for asked in 127.0.0.1 127.0.0.2 127.3.2.1; do
      call "udp:$asked:$port" connect send:A expect:B
    done
    stopped_with 3 3 0
  done
}

@test "UDP over IPv6 is answered, and on * by both families" {
  [[ -e /proc/net/if_inet6 ]] && grep -q ' lo$' /proc/net/if_inet6 || skip "no IPv6 here"
  for address in ::1 '*'; do
    serve_udp "address=$address"
    assert_equal "$("$BUILD/preforkcall" --datagram "inet:[::1]:$port")" "char from server = B"
    stop_master
  done
}

@test "preforkcall --datagram speaks to both kinds, and -c needs no --datagram" {
  serve_unix
  assert_equal "$(ask --datagram)" "char from server = B"
  assert_equal "$(ask --datagram HAL)" IBM
  assert_equal "$("$BUILD/preforkcall" -c master.conf)" "char from server = B"
  stop_master
  serve_udp
  assert_equal "$(ask --datagram)" "char from server = B"
  assert_equal "$(ask --datagram HAL)" IBM
}

@test "preforkload --datagram and the stop line agree, over UDP and unix" {
  for kind in udp unix; do
    serve_$kind
    run "$BUILD/preforkload" "$endpoint" --datagram --requests 500 --size 512
    assert_equal "$status" 0
    assert_match "$output" 'scheduled 500, sent 500, ok 500, failed 0, dropped 0'
    stopped_with 500 500 0
  done
}

@test "several workers share the datagrams of one socket, and each is answered once" {
  serve_udp workers=4
  run "$BUILD/preforkload" "$endpoint" --datagram --requests 500 --connections 8
  assert_equal "$status" 0
  stopped_with 500 500 0
}

@test "idle_timeout is nothing to a datagram pool: no worker is cut" {
  serve_udp idle_timeout=50ms
  call "udp:$port" connect send:A expect:B sleep:400 send:A expect:B
  refute log_has 'late|killed|exited'
}

@test "a graceful stop answers the datagrams that were queued" {
  serve_udp
  worker=$(workers)
  kill -STOP "$worker"
  begin_call queued -n 20 connect send:A say:sent expect:B
  heard queued sent
  kill -TERM "$master"
  wait_for 5 log_has stopping
  kill -CONT "$worker"
  end_call queued
  await_master master 0
  log_has 'stopped: pool main, 20 connections and 20 requests served, 0 cut, 0 refused, 0 dropped'
}

@test "a UDP port that is served already exits 69" {
  serve_udp
  printf '%s\n' 'mode = inet' 'type = datagram' >second.conf
  refuse_master 69 -o "port=$port" <second.conf
  assert_match "$output" "cannot bind inet:127.0.0.1:$port: Address( already)? in use"
  assert_equal "$(ask --datagram)" "char from server = B"
}

@test "the same port serves a stream pool and a datagram pool" {
  start_master <<<$'mode = inet\nport = 0\nworkers = 1'
  start_master -n udp -o "port=$port" <<<$'mode = inet\ntype = datagram\nworkers = 1'
  assert_equal "$(ask)" "char from server = B"
  assert_equal "$(ask --datagram)" "char from server = B"
}

# metric NAME: its value, or nothing.
metric() {
  "$BUILD/preforkctl" -s control metrics 3>&- | sed -n "s/^preforkd_$1{.*} //p"
}

metric_is() { # NAME VALUE
  [[ $(metric "$1") == "$2" ]]
}

# A pool with one worker, whose program waits for a line of `go`, for one datagram at a time.
serve_held() { # MODE
  printf '#!/bin/sh\nread -r line <"%s"\n' "$PWD/go" >held
  chmod +x held
  serve "$1" type=datagram workers=1 control=control service=program command=./held
  # Its worker is busy with the first.
  begin_call "first$1" connect send:A say:in wait
  wait_for 10 metric_is workers_busy 1
}

@test "metrics show what waits at the socket of a datagram pool, and what the kernel has dropped there" {
  local count
  mkfifo go
  serve_held inet
  assert_equal "$(metric receive_queue_bytes) $(metric receive_drops_total) $(metric queue_length)" '0 0 '
  # A datagram takes more than 512 bytes of the kernel's memory.
  for ((count = $(metric receive_queue_limit_bytes) / 512 + 100; count > 0; count--)); do
    printf A >"/dev/udp/127.0.0.1/$port"
  done
  (($(metric receive_queue_bytes) > 0 && $(metric receive_drops_total) > 0))
  let_go firstinet
  end_call firstinet
  "$BUILD/preforkctl" -s control stop --fast 3>&- || true
  await_master master 0
  serve_held unix
  assert_equal "$(metric receive_queue_bytes) $(metric receive_queue_limit_bytes)" '0 '
  begin_call waits connect send:AAA say:in wait
  heard waits in
  assert_equal "$(metric receive_queue_bytes) $(metric receive_drops_total)" '3 0'
  exec {lines}<>go # open meanwhile: the second program would take the end of the first echo for its own
  echo >&"$lines"
  wait_for 10 metric_is receive_queue_bytes 0
  echo >&"$lines"
  let_go firstunix
  end_call firstunix
  let_go waits
  end_call waits
}
