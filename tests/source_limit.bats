#!/usr/bin/env bats
# How many connections a source may have, and how fast they may come: the keys max_per_source and max_rate_per_source,
# and what preforkctl lists of sources.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/ctl
load helpers/program
load helpers/proxy
load helpers/trace

# Print what the client at ADDRESS is answered over inet.
call_from() { # ADDRESS
  printf A | timeout 10 nc -N -s "$1" 127.0.0.1 "$port" 2>/dev/null 3>&- || true
}

# lines_are N: of connections.
lines_are() {
  [[ $(grep -c ' answered$' "$log") == "$1" ]]
}

# Print `POOL SOURCE CONNECTIONS REFUSED` for each source, the busiest first.
sources() { # [POOL]
  timeout 10 "$BUILD/preforkctl" -s control sources "$@" 3>&- | sed 1d | tr -s ' '
}

sources_are() { # LINES
  [[ $(sources) == "$1" ]]
}

# answer_is DATA ANSWER
answer_is() {
  [[ $(converse "$1" 2>/dev/null) == "$2" ]]
}

# Set `own` to the source that a client of this test has in MODE.
name_source() { # MODE
  own=127.0.0.1
  [[ $1 == inet ]] || own=user:$EUID
}

@test "of 50 clients at one moment a source has as many connections as it may; the refused are counted, and leave nothing behind" {
  for mode in unix inet; do
    name_source $mode
    serve $mode workers=16 control=control max_per_source=4 requests_per_connection=unlimited log_connections=yes
    begin_call crowd -n 50 -t 50 connect send:A say:sent wait half-close count
    heard crowd sent
    wait_for 5 figure_is source_refused 46
    wait_for 5 sources_are "main $own 4 46"
    wait_for 5 figure_is accepted 4
    assert_equal "$(figure source_refused) $(figure rate_refused)" '46 null'
    let_go crowd
    end_call crowd
    assert_match "$output" '4 answered, 4 bytes, [0-9]+ reset$'
    wait_for 5 sources_are "main $own 0 46"
    assert_equal "$(converse A)" B
    wait_for 5 log_has "pool main: connection refused: .*: $own is at max_per_source = 4"
    wait_for 5 lines_are 5 # one for each that was served
    ctl why
    expect 0 '46 clients were refused by max_per_source and max_rate_per_source since the master started; preforkctl sources'
    ctl metrics
    assert_match "$output" 'preforkd_source_refused_total\{master="master",pool="main"\} 46'
    stop_master
    log_has 'stopped: pool main, 5 connections and 5 requests served, 0 cut'
    : >"$log"
  done
}

@test "a source that has all its connections takes none from another address" {
  serve inet control=control max_per_source=1 requests_per_connection=unlimited
  hold one
  assert_equal "$(call_from 127.0.0.1)" ''
  assert_equal "$(call_from 127.0.0.2)" B
  wait_for 5 figure_is source_refused 1
  release one
  wait_for 5 answer_is A B
}

@test "a client that calls again as soon as it has its answer needs one place" {
  for mode in unix inet; do
    serve $mode workers=4 control=control max_per_source=1
    "$BUILD/preforkload" "$endpoint" --quiet --json --connections 1 --requests 500 >load.json 3>&-
    grep -q '"ok":500,' load.json
    assert_equal "$(figure source_refused)" 0
    stop_master
  done
  serve unix workers=4 control=control max_per_source=1 service=daytime
  for _ in {1..5}; do
    assert_match "$(converse '')" '[0-9]{2}:[0-9]{2}:[0-9]{2}'
  done
  assert_equal "$(figure source_refused)" 0
}

@test "on a unix socket each user is a source, root as well" {
  ((EUID == 0)) || skip 'only root can be another user'
  command -v setpriv >/dev/null || skip 'no setpriv'
  serve unix control=control max_per_source=1 requests_per_connection=unlimited allow='user:0 user:64900'
  chmod 711 . ..
  printf A | setpriv --reuid=64900 --regid=64900 --clear-groups timeout 10 nc -NU s >other 2>nc.err 3>&- || true
  [[ $(<other) == B ]] || skip 'the directory of the tests is closed to others'
  wait_for 5 sources_are ''
  hold one
  assert_equal "$(converse A 2>/dev/null)" ''
  printf A | setpriv --reuid=64900 --regid=64900 --clear-groups timeout 10 nc -NU s >other 3>&-
  assert_equal "$(<other)" B
  wait_for 5 log_has 'a unix client: user:0 is at max_per_source = 1'
  release one
}

# offer NAME HEADER: a client that sends HEADER and a byte, and stays.
offer() {
  local bytes
  printf -v bytes '%b' "$2"
  begin_call "$1" connect send:"$bytes"A expect:A say:in wait half-close eof
  heard "$1" in
}

@test "behind a proxy the address in the header counts: IPv6 by its first 64 bits, an IPv4-mapped one as IPv4" {
  for mode in unix inet; do
    serve_proxies $mode workers=5 service=echo max_per_source=1
    offer six "$line6"
    assert_equal "$(converse "${line6/::7/::ffff:1}A" 2>/dev/null)" ''
    assert_equal "$(converse "${line6/::7/:0:1::7}A")" A
    offer four "$line"
    assert_equal "$(converse "${line6/2001:db8::7/::ffff:192.0.2.7}A" 2>/dev/null)" ''
    assert_equal "$(converse "${line/192.0.2.7/192.0.2.8}A")" A
    wait_for 5 sources_are $'main 192.0.2.7 1 1\nmain 2001:db8::/64 1 1'
    assert_equal "$(figure source_refused) $(figure proxy_refused)" '2 0'
    wait_for 5 log_has '\[2001:db8::ffff:1\]:40000: 2001:db8::/64 is at max_per_source = 1'
    offer own 'PROXY UNKNOWN\r\n' # the proxy's own connection
    name_source $mode
    assert_match "$(sources)" "main $own 1 0"
    for name in six four own; do
      let_go $name
      end_call $name
    done
    stop_master
    : >"$log"
  done
}

@test "connections to workers of an earlier configuration count; after an upgrade it begins anew" {
  local old
  serve unix control=control max_per_source=2 requests_per_connection=unlimited
  hold one
  ctl reload
  expect 0
  hold two
  assert_equal "$(sources)" "main user:$EUID 2 0"
  assert_equal "$(converse A 2>/dev/null)" ''
  release one
  wait_for 5 sources_are "main user:$EUID 1 1"
  assert_equal "$(converse A)" B
  old=$master
  ctl upgrade
  expect 0
  follow_upgrade
  hold three
  hold four
  assert_equal "$(sources)" "main user:$EUID 2 0"
  for name in two three four; do
    release $name
  done
  wait_for 5 has_ended "$old"
  wait_for 5 sources_are ''
}

@test "what a worker that is killed had counts no more" {
  serve unix workers=2 control=control max_per_source=1 requests_per_connection=unlimited
  hold one
  assert_equal "$(converse A 2>/dev/null)" ''
  for pid in $(workers); do
    ! serves "$pid" || kill -KILL "$pid"
  done
  expected='killed by SIGKILL'
  wait_for 5 sources_are "main user:$EUID 0 1"
  assert_equal "$(converse A)" B
  let_go one
  end_call one 1
}

# There may come ONCE and then PER_S a second: of the 40 clients that have said COUNT, since $began, no more were served.
no_more_than() { # ONCE PER_S COUNT
  local ms served=${3%% *}
  ms=$(elapsed_ms "$began")
  ((served >= $1 && served <= $1 + 1 + $2 * ms / 1000)) || fail "$served served in $ms ms"
  wait_for 5 figure_is rate_refused $((40 - served))
  assert_equal "$(figure accepted)" "$served"
}

@test "so many connections a second come from a source, no more; another one has its own rate, and a rest renews it" {
  local began
  for mode in unix inet; do
    name_source $mode
    serve $mode control=control max_rate_per_source=4
    began=$EPOCHREALTIME
    no_more_than 4 4 "$("$bin/client" -n 40 -t 50 "$(target)" connect send:A count 3>&-)"
    assert_equal "$(figure source_refused)" null
    wait_for 5 log_has "pool main: connection refused: .*: $own is over max_rate_per_source = 4"
    wait_for 5 sources_are "main $own 0 $(figure rate_refused)"
    [[ $mode != inet ]] || assert_equal "$(call_from 127.0.0.2)" B
    wait_for 5 answer_is A B
    stop_master
    : >"$log"
  done
}

@test "datagrams of a source come no faster; another source has its own rate" {
  serve inet type=datagram control=control max_rate_per_source=1
  for _ in 1 2 3 4 5 6; do
    "$bin/client" "udp:$port" connect send:A 3>&-
  done
  wait_for 5 log_has 'pool main: datagram refused: 127\.0\.0\.1:[0-9]+: 127\.0\.0\.1 is over max_rate_per_source = 1'
  "$bin/client" "udp:$port" from:127.0.0.2:0 connect send:A expect:B 3>&-
  wait_for 5 seven_came
  assert_equal "$(figure dropped)" 0
}

# Each was served or refused.
seven_came() {
  (($(figure accepted) + $(figure rate_refused) == 7))
}

@test "a limit costs no system call on inet, one on unix for the user, which a rule may have asked for; a refusal one more, close" {
  local mode rule answer calls
  while IFS='|' read -r mode rule answer calls; do
    serve "$mode" workers=1 max_rate_per_source=1 max_per_source=1 "$rule"
    [[ $answer ]] || converse A >first
    trace "$(worker)"
    if [[ $answer ]]; then
      assert_equal "$(converse A 2>/dev/null)" "$answer" "$mode $rule"
    else
      wait_for 5 is_refused
    fi
    wait_for 5 traced "$calls"
    end_trace
    stop_master
  done <<END
inet|backlog=9|B|accept4 read sendto shutdown close
inet|backlog=9||accept4 close
unix|backlog=9|B|accept4 getsockopt read sendto close
unix|backlog=9||accept4 getsockopt close
unix|allow=user:$EUID|B|accept4 getsockopt read sendto close
unix|allow=user:$EUID||accept4 getsockopt close
END
}

# A client that comes less than a second after another one.
is_refused() {
  [[ ! $(converse A 2>/dev/null) ]]
}

# traced CALLS: the last connection took these, from accept4 to close; a write wakes the master, or has the log.
traced() {
  [[ $(sed -nE '/^accept4.* = [0-9]+$/,/^close/s/^([a-z0-9]+)\(.*/\1/p' trace.out | grep -vx write |
    awk '/accept4/ { calls = "" } { calls = calls $0 " " } END { sub(/ $/, "", calls); print calls }') == "$1" ]]
}

@test "a program finds in TCPCONNNUM how many connections its client's source has" {
  run_program inet "sh -c 'printf %s \"\$TCPCONNNUM\"; cat'" workers=5 max_per_source=3
  for number in 1 2 3; do
    begin_call n$number connect expect:$number say:in wait half-close eof
    heard n$number in
  done
  assert_equal "$(converse x 2>/dev/null)" ''
  let_go n2
  end_call n2
  wait_for 5 sources_are 'main 127.0.0.1 2 1'
  begin_call again connect expect:3 say:in half-close eof
  end_call again
  for number in 1 3; do
    let_go n$number
    end_call n$number
  done
  stop_master
  run_program inet "sh -c 'printf %s \"\$TCPCONNNUM\"'" max_rate_per_source=100
  assert_equal "$(converse '')" 1 "where the rate alone is limited"
  stop_master
  run_program unix "env" max_per_source=3
  refute grep -q TCPCONNNUM <(converse '')
}

@test "refusals are logged at most once a second, with the number of those left out" {
  local began=$SECONDS lines left_out took
  serve inet control=control max_per_source=1 requests_per_connection=unlimited
  hold one
  for _ in 1 2 3 4 5; do
    call_from 127.0.0.1
  done
  took=$((SECONDS - began))
  let_pass 1.1
  call_from 127.0.0.1
  wait_for 5 named_or_counted 6
  ((lines <= took + 3)) || fail "$lines lines, and the calls took $took s"
  ((left_out > 0 || took >= 4)) || fail "each of them is logged"
  release one
}

# named_or_counted N: the lines are of so many refusals.
named_or_counted() {
  lines=$(grep -c 'connection refused' "$log")
  left_out=$(grep -o '[0-9]* more since the last such line' "$log" | awk '{ n += $1 } END { print n + 0 }')
  ((lines + left_out == $1))
}

@test "preforkctl lists the sources of each pool, or of one, also where no limit is set" {
  start_master <<END
control = control
requests_per_connection = unlimited
[pool a]
mode = inet
port = 0
max_per_source = 1
[pool b]
mode = inet
port = 0
[pool c]
mode = unix
path = s
END
  for name in a b c; do
    use_master master $name
    hold $name
  done
  use_master master a
  call_from 127.0.0.1
  wait_for 5 sources_are $'a 127.0.0.1 1 1\nb 127.0.0.1 1 -\nc unknown 1 -'
  assert_equal "$(sources b)" 'b 127.0.0.1 1 -'
  ctl sources --json
  assert_equal "$output" '{"pools":{"a":[{"source":"127.0.0.1","connections":1,"refused":1}],"b":[{"source":"127.0.0.1","connections":1,"refused":null}],"c":[{"source":"unknown","connections":1,"refused":null}]}}'
  ctl sources a --json
  assert_equal "$output" '{"pools":{"a":[{"source":"127.0.0.1","connections":1,"refused":1}]}}'
  ctl sources d
  expect 1 "there is no pool 'd'"
  ctl sources a b
  expect 64
  assert_equal "$(timeout 5 nc -NU control <<<'sources c' 3>&-)" $'ok\npool c\nsource 1 - unknown\nend'
  for name in a b c; do
    release $name
  done
}

@test "what is wrong with the limits has its place and a suggestion" {
  each_is_refused <<'END'
mode = unix\npath = s\nmax_per_source = 0|3:18: max_per_source '0' is too small (1 to 1000000) or unlimited
mode = unix\npath = s\nmax_per_source = none|3:18: max_per_source 'none' is not a whole number (1 to 1000000) or unlimited; did you mean 'unlimited'?
mode = unix\npath = s\nmax_rate_per_source = 5/s|3:23: max_rate_per_source '5/s' is not a whole number (1 to 100000) or unlimited
mode = inet\nport = 1\ntype = datagram\nmax_per_source = 4|4:18: max_per_source counts connections, and pool 'main' has datagrams; max_rate_per_source limits those
mode = unix\npath = s\ntype = datagram\nmax_per_source = 4|4:18: max_per_source does not apply to pool 'main': a datagram on a unix socket does not say whose it is; socket_permissions decides who may send
mode = unix\npath = s\ntype = datagram\nmax_rate_per_source = 4|4:23: max_rate_per_source does not apply to pool 'main': a datagram on a unix socket does not say whose it is; socket_permissions decides who may send
mode = unix\npath = s\nservice = program\ncommand = cat\nstart = resident\nmax_per_source = 4|6:18: max_per_source does not apply with start = resident: the program accepts its connections by itself, where preforkd does not see them
mode = inet\nport = 1\nservice = program\ncommand = cat\nstart = resident\nmax_rate_per_source = 4|6:23: max_rate_per_source does not apply with start = resident: the program accepts its connections by itself, where preforkd does not see them
mode = inet\nport = 1\nper_source = 4|3:1: unknown key 'per_source'; 'max_per_source' does that: connections at once from one address or user
mode = inet\nport = 1\ncps = 25 30|3:1: unknown key 'cps'; 'max_rate_per_source' does that: connections a second from one address or user
END
  printf '%s\n' 'max_per_source = 4' 'max_rate_per_source = 5' '[pool a]' 'mode = unix' 'path = s' '[pool b]' 'mode = unix' \
    'path = d' 'type = datagram' 'max_per_source = unlimited' 'max_rate_per_source = unlimited' >both.conf
  "$BUILD/preforkd" -t -c both.conf 3>&-
}
