#!/usr/bin/env bats
# preforkcall from the command line: output, exit statuses, messages.

load helpers/common
load helpers/client

# call ARGUMENT...: run preforkcall; sets $status, $output and $stderr.
call() {
  run_separated "$BUILD/preforkcall" "$@"
}

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

@test "no server: 69, with the endpoint and the cause" {
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

@test "a server that closes without a reply: 69" {
  serve unix idle_timeout=100ms workers=1
  kill -STOP "$(workers)"
  "$BUILD/preforkcall" "$endpoint" '' >out 2>err 3>&- &
  client=$!
  kill -CONT "$(workers)"
  status=0
  wait "$client" || status=$?
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

@test "the help fits into 80 columns" {
  call --help
  assert_equal "$status" 0
  assert_match "$output" '--timeout DURATION'
  refute grep -E '.{81}' out
  call --version
  assert_match "$output" '^preforkcall [0-9.]+$'
}

@test "output that cannot be written: 71" {
  serve unix
  run bash -c '"$BUILD/preforkcall" unix:s >/dev/full'
  assert_equal "$status" 71
  assert_match "$output" 'No space left on device'
}
