#!/usr/bin/env bats
# preforkcall and preforkload as their users meet them: output, exit statuses, messages.

load helpers/common

# call ARGUMENT..., load_it ARGUMENT...: preforkcall and preforkload, into $status, $output and
# $stderr.
call() {
  run_separated "$BUILD/preforkcall" "$@"
}

load_it() {
  run_separated "$BUILD/preforkload" "$@"
}

run_separated() {
  status=0
  "$@" >out 2>err 3>&- || status=$?
  output=$(<out) stderr=$(<err)
}

# said STATUS OUTPUT STDERR: that, and nothing else; STDERR is a regular expression.
said() {
  assert_equal "$status" "$1" "exit status, with '$stderr',"
  assert_equal "$output" "$2" "standard output"
  assert_match "$stderr" "^$3\$"
}

# The number at KEY of the JSON in $output: `ok`, `reply_mismatch`.
figure() { # KEY
  grep -o "\"$1\":[0-9]*" <<<"$output" | cut -d: -f2
}

#
# preforkcall
#

@test "preforkcall prints what the article's clients print" {
  for mode in unix inet; do
    serve $mode
    call "$endpoint"
    said 0 'char from server = B' ''
    stop_master
  done
}

@test "with DATA it prints the raw reply" {
  serve unix service=echo
  call "$endpoint" $'two\nlines'
  said 0 $'two\nlines' ''
  assert_equal "$("$BUILD/preforkcall" "$endpoint" AB | od -An -c)" '   A   B'
}

@test "with a megabyte of DATA it sends and receives at once" {
  serve unix service=echo
  local data
  printf -v data '%0100000d' 0
  call "$endpoint" "$data"
  assert_equal "$status" 0
  [[ $output == "$data" ]]
}

@test "more DATA than the server reads is no error" {
  serve inet
  call "$endpoint" ABCDEF
  said 0 B ''
}

@test "-c calls the server of a configuration, -p one of its pools" {
  start_master <<'CONF'
mode = unix
workers = 1
[pool one]
path = s1
[pool two]
path = s2
service = echo
CONF
  call -c master.conf -p one
  said 0 'char from server = B' ''
  call -c master.conf -p two HAL
  said 0 HAL ''
  call -c master.conf
  said 64 '' 'preforkcall: master.conf has several pools; choose one with -p: one two'
  call -c master.conf -p three
  said 64 '' "preforkcall: master.conf has no pool 'three'; it has: one two"
  stop_master
  serve unix
  call -c master.conf
  said 0 'char from server = B' ''
  call -c master.conf -p main A
  said 0 B ''
}

@test "a relative path that leads nowhere gets a hint" {
  serve unix
  mkdir sub
  status=0
  hint=$(cd sub && "$BUILD/preforkcall" -c ../master.conf 2>&1) || status=$?
  assert_equal "$status" 69
  assert_equal "$hint" "preforkcall: cannot reach unix:$PWD/sub/s: No such file or directory (a relative path in a configuration is taken from the working directory, here $PWD/sub)"
}

@test "port 0 in a configuration asks for an ENDPOINT, and * means loopback" {
  serve inet 'address=*'
  call -c master.conf
  said 64 '' "preforkcall: pool 'main' of master.conf lets the kernel choose its port: give the ENDPOINT that the server's ready line names"
  printf '%s\n' 'mode = inet' 'address = *' "port=$port" >known.conf
  call -c known.conf
  said 0 'char from server = B' ''
}

@test "a host is found by name" {
  serve inet
  call "inet:localhost:$port"
  said 0 'char from server = B' ''
  call "inet:no-such-host.invalid:$port"
  assert_equal "$status" 69
  assert_match "$stderr" "^preforkcall: cannot find host 'no-such-host.invalid': "
}

@test "nobody there: 69, with the endpoint and the cause" {
  call unix:absent
  said 69 '' 'preforkcall: cannot reach unix:absent: No such file or directory'
  call "unix:@$BATS_TEST_TMPDIR"
  said 69 '' "preforkcall: cannot reach unix:@$BATS_TEST_TMPDIR: Connection refused"
  serve inet
  stop_master
  call "$endpoint"
  said 69 '' "preforkcall: cannot reach $endpoint: Connection refused"
}

@test "a server that never answers: 69 after --timeout" {
  serve unix workers=1 requests_per_connection=unlimited
  begin_call holder connect send:A expect:B say:in wait
  heard holder in
  local began=$EPOCHREALTIME
  call --timeout 300ms "$endpoint"
  said 69 '' "preforkcall: no reply from $endpoint within 300ms"
  (($(elapsed_ms "$began") >= 300))
  let_go holder
  end_call holder
}

@test "a server that closes without a word: 69" {
  serve unix idle_timeout=100ms workers=1
  kill -STOP "$(workers)"
  "$BUILD/preforkcall" "$endpoint" '' >out 2>err 3>&- &
  caller=$!
  kill -CONT "$(workers)"
  status=0
  wait "$caller" || status=$?
  assert_equal "$status" 69
  assert_equal "$(<err)" "preforkcall: $endpoint closed the connection without a reply"
}

@test "a wrong command line: 64" {
  for arguments in '' '-x' 'somewhere' 'unix:' 'inet:nowhere' 'inet:h:0' 'inet:h:70000' 'unix:s A B' \
    '--timeout 5x unix:s' '-p main unix:s'; do
    # shellcheck disable=SC2086 # words
    call $arguments
    assert_equal "$status" 64 "exit status of preforkcall $arguments"
    assert_match "$stderr" .
    assert_equal "$output" ''
  done
  call "unix:$(printf '%0108d' 0)"
  assert_equal "$status" 64
  assert_match "$stderr" '108 bytes, and the limit is 107'
}

@test "a wrong configuration: 78, with all its errors" {
  printf '%s\n' 'mode = unix' 'worker = 1' 'backlog = x' >bad.conf
  call -c bad.conf
  assert_equal "$status" 78
  assert_equal "${stderr//[^$'\n']/}" $'\n\n' # three lines
  assert_match "$stderr" "bad.conf:2:1: unknown key 'worker'; did you mean 'workers'\?"
  call -c absent.conf
  assert_equal "$status" 78
}

@test "output that cannot be written: 71" {
  serve unix
  run bash -c '"$BUILD/preforkcall" unix:s >/dev/full'
  assert_equal "$status" 71
  assert_match "$output" 'No space left on device'
}

#
# preforkload
#

@test "preforkload counts what it sent, and says what the server did with it" {
  serve unix
  load_it "$endpoint" --requests 300 --connections 3
  assert_equal "$status" 0
  assert_equal "$stderr" ''
  assert_match "$output" "target +$endpoint"
  assert_match "$output" 'closed loop, 3 connections, one request each, 1 byte a request'
  assert_match "$output" 'counts +scheduled 300, sent 300, ok 300, failed 0, dropped 0'
  assert_match "$output" 'response '
  assert_match "$output" 'verdict '
  stop_master
  log_has '300 connections and 300 requests served'
}

@test "--keep-open sends many requests a connection, as many as the pool answers" {
  serve inet workers=3 requests_per_connection=unlimited
  load_it "$endpoint" --requests 300 --connections 3 --keep-open --size 100
  assert_equal "$status" 0
  assert_match "$output" 'ok 300, failed 0'
  stop_master
  log_has 'stopped: pool main, 3 connections and 300 requests served'
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 3' 'requests_per_connection = 10' >conf
  start_master -n ten <conf
  load_it -c ten.conf --requests 300 --connections 3 --keep-open
  assert_equal "$status" 0
  stop_master -n ten
  log_has 'stopped: pool main, 3[0-3] connections and 300 requests served'
}

@test "--duration ends it" {
  serve unix
  local began=$EPOCHREALTIME
  load_it "$endpoint" --duration 200ms
  assert_equal "$status" 0
  (($(elapsed_ms "$began") >= 200 && $(elapsed_ms "$began") < 1500))
}

@test "--hold holds all connections at once, and has each answered twice" {
  serve unix workers=10 requests_per_connection=unlimited
  load_it "$endpoint" --connections 10 --hold 200ms
  assert_equal "$status" 0
  assert_match "$output" 'ok 20, failed 0'
  assert_match "$output" 'held +10'
}

@test "--json is one JSON object with the contract's keys, and whole numbers in order" {
  serve unix
  load_it "$endpoint" --requests 200 --json
  assert_equal "$status" 0
  is_json out || fail "$output"
  for key in scheduled sent ok; do
    assert_equal "$(figure $key)" 200 "$key"
  done
  for key in failed dropped connect_refused reply_mismatch reply_timeout; do
    assert_equal "$(figure $key)" 0 "$key"
  done
  latency='\{"min":[0-9]+,"mean":[0-9]+,"p50":[0-9]+,"p90":[0-9]+,"p99":[0-9]+,"p99_9":[0-9]+,"p99_99":[0-9]+,"max":[0-9]+\}'
  assert_match "$output" '^\{"counts":\{"scheduled":200,"sent":200,"ok":200,"failed":0,"dropped":0\},"errors":\{("[a-z_]+":0,?)+\},"rate":\{"target":null,"achieved":[0-9]+\.[0-9]\},'
  assert_match "$output" "\"latency_ns\":\{\"response\":$latency,\"service\":$latency,\"connect\":$latency\},\"verdict\":\"[^\"]+\"\}\$"
  values=$(grep -o '"response":{[^}]*}' out | grep -oE '"(min|p50|p90|p99|p99_9|p99_99|max)":[0-9]+' | cut -d: -f2)
  assert_equal "$(sort -n <<<"$values")" "$values" "percentiles in order"
}

# One JSON value and nothing else.
is_json() { # FILE
  local pattern='
    (?(DEFINE) (?<value> (?&object) | (?&array) | (?&string) | (?&number) | true | false | null )
      (?<string> "([^"\\\x00-\x1f]|\\.)*" )
      (?<number> -?\d+(\.\d+)?([eE][-+]?\d+)? )
      (?<array> \[ ( (?&value) (, (?&value) )* )? \] )
      (?<object> \{ ( (?&string) : (?&value) (, (?&string) : (?&value) )* )? \} ) )
    (?&value) \n'
  grep -Pqzx "${pattern//[$' \n']/}" "$1"
}

@test "--json is JSON when nothing could be measured as well" {
  load_it unix:absent --requests 2 --json
  assert_equal "$status" 69
  is_json out || fail "$output"
  assert_equal "$(figure failed)" 2
  assert_match "$output" '"min":null'
}

@test "replies that are not as expected are counted as mismatches: 1" {
  serve unix
  load_it "$endpoint" --requests 50 --expect echo --json
  assert_equal "$status" 1
  assert_equal "$(figure ok) $(figure failed) $(figure reply_mismatch)" "0 50 50"
  load_it "$endpoint" --requests 50 --expect echo
  assert_equal "$status" 1
  assert_match "$output" 'mismatch 50'
  load_it "$endpoint" --requests 50 --expect any
  assert_equal "$status" 0
}

@test "-c knows the service, and what the pool does not answer: 64" {
  serve unix service=echo
  printf '%s\n' 'mode = unix' 'path = s' 'service = echo' >echo.conf
  load_it -c echo.conf --requests 50 --size 512
  assert_equal "$status" 0
  assert_match "$output" 'pool main, service echo'
  load_it -c master.conf --size 2
  said 64 '' "preforkload: --size above 1 needs a pool that answers every byte: pool 'main' has requests_per_connection = 1"
  load_it -c master.conf --keep-open
  assert_equal "$status" 64
}

@test "a server that cuts connections: 1, and the errors say how" {
  serve unix workers=1 idle_timeout=100ms service=echo
  printf '%s\n' 'mode = unix' 'path = s' >one.conf
  kill -STOP "$(workers)"
  load_it "$endpoint" --expect echo --requests 2 --connections 2 --timeout 200ms --json
  kill -CONT "$(workers)"
  assert_equal "$status" 1
  assert_equal "$(figure reply_timeout)" 2
}

@test "a wrong command line: 64 for preforkload" {
  for arguments in '' '-x' 'somewhere' 'unix:s more' 'unix:s --requests 0' 'unix:s --connections x' \
    'unix:s --duration 5x' 'unix:s --expect what' 'unix:s --size 0' 'unix:s --hold 1s --requests 5' \
    '--datagram unix:s --size 70000' '-p main unix:s'; do
    # shellcheck disable=SC2086 # words
    load_it $arguments
    assert_equal "$status" 64 "exit status of preforkload $arguments"
    assert_match "$stderr" .
  done
}

@test "nobody there: 69, with the report" {
  load_it unix:absent --requests 3
  assert_equal "$status" 69
  assert_match "$stderr" '^preforkload: cannot reach unix:absent: No such file or directory$'
  assert_match "$output" 'ok 0, failed 3'
}

@test "interrupted: 130, with the report of what was done until then" {
  for signal in INT TERM; do
    serve unix
    # Background jobs of a shell ignore SIGINT; those of launch do not.
    "$bin/launch" "$BUILD/preforkload" "$endpoint" --duration 30s --json >out 2>err 3>&- &
    load=$!
    wait_for 5 has_served
    kill -s $signal "$load"
    status=0
    wait "$load" || status=$?
    assert_equal "$status" 130
    output=$(<out)
    is_json out || fail "$output"
    (($(figure ok) > 0))
    assert_equal "$(figure failed)" 0
    stop_master
  done
}

# Whether the workers of $master have been at work.
has_served() {
  local pid sum=0 switches
  for pid in $(workers); do
    switches=$(awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$pid/status")
    sum=$((sum + switches))
  done
  ((sum > 100))
}

@test "output that cannot be written: 71 for preforkload" {
  serve unix
  run bash -c '"$BUILD/preforkload" unix:s --requests 1 >/dev/full'
  assert_equal "$status" 71
}
