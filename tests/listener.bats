#!/usr/bin/env bats
# Listeners: the addresses of a master, the accept queue, and several pools.

load helpers/common

answers() { # ENDPOINT
  assert_equal "$("$BUILD/preforkcall" "$1")" "char from server = B" "the answer of $1"
}

has_ipv6() {
  grep -qs ' lo$' /proc/net/if_inet6
}

@test "a unix path" {
  serve unix
  assert_equal "$endpoint" "unix:$BATS_TEST_TMPDIR/s"
  answers "unix:s"
}

@test "an abstract name, which leaves nothing in the file system" {
  serve unix "path=@$BATS_TEST_TMPDIR"
  assert_equal "$endpoint" "unix:@$BATS_TEST_TMPDIR"
  answers "$endpoint"
  refute grep -q . <(find . -type s -o -name '*.lock')
}

@test "IPv4: the address that was asked for, and no other" {
  serve inet address=127.0.0.2
  assert_equal "$endpoint" "inet:127.0.0.2:$port"
  answers "$endpoint"
  run "$BUILD/preforkcall" "inet:127.0.0.1:$port"
  assert_equal "$status" 69
}

@test "localhost is 127.0.0.1" {
  serve inet address=localhost
  assert_equal "$endpoint" "inet:127.0.0.1:$port"
  answers "$endpoint"
}

@test "IPv6: [::1], which IPv4 clients do not reach" {
  has_ipv6 || skip "no IPv6 here"
  for address in ::1 '[::1]'; do
    serve inet "address=$address"
    assert_equal "$endpoint" "inet:[::1]:$port"
    answers "$endpoint"
    run "$BUILD/preforkcall" "inet:127.0.0.1:$port"
    assert_equal "$status" 69
    stop_master
  done
}

@test "* is reached by both families on one port" {
  serve inet 'address=*'
  assert_equal "$endpoint" "inet:*:$port"
  answers "inet:127.0.0.1:$port"
  answers "inet:127.0.0.2:$port"
  ! has_ipv6 || answers "inet:[::1]:$port"
}

@test "port 0: the kernel chooses, and the ready line has the port" {
  serve inet
  ((port > 0))
  answers "$endpoint"
}

@test "socket_permissions, 0666 by default" {
  serve unix
  assert_equal "$(stat -c %a s)" 666
  stop_master
  serve unix socket_permissions=0600
  assert_equal "$(stat -c %a s)" 600
}

@test "socket_owner and socket_group" {
  [[ $EUID == 0 ]] || skip "only root may give a socket away"
  serve unix socket_owner=daemon socket_group=daemon socket_permissions=0660
  assert_equal "$(stat -c '%U:%G %a' s)" "daemon:daemon 660"
}

@test "a user or group that does not exist exits 78, and leaves no socket" {
  printf '%s\n' 'mode = unix' 'path = s' >good
  refuse_master 78 -o socket_owner=nobody-of-that-name <good
  assert_match "$output" "socket_owner 'nobody-of-that-name': no such user"
  refuse_master 78 -o socket_group=no-such-group <good
  assert_match "$output" "socket_group 'no-such-group': no such group"
  refute test -e s
}

@test "an owner that several pools inherit matters to those that have a socket file" {
  [[ $EUID == 0 ]] || skip "only root may give a socket away"
  start_master <<CONF
socket_owner = daemon
socket_group = daemon
workers = 1
[pool inet]
mode = inet
port = 0
socket_owner = nobody-of-that-name
[pool one]
mode = unix
path = one
[pool two]
mode = unix
path = two
[pool abstract]
mode = unix
path = @$$-owner
socket_group = no-such-group
CONF
  assert_equal "$(stat -c %U:%G one)" daemon:daemon
  assert_equal "$(stat -c %U:%G two)" daemon:daemon
}

@test "a path too long for a socket is refused with its length and the limit, not cut" {
  local path
  printf -v path '/tmp/%0103d' 0
  refuse_master 78 <<<"mode = unix"$'\n'"path = $path"
  assert_match "$output" "is too long for a unix socket: 108 bytes, and the limit is 107"
  printf -v path '@%0108d' 0
  refuse_master 78 <<<"mode = unix"$'\n'"path = $path"
  assert_match "$output" 'is too long'
}

@test "the longest name is served" {
  local name
  printf -v name '@%08d%099d' $$ 0
  serve unix "path=$name"
  answers "unix:$name"
}

@test "a backlog that the kernel caps is logged, with the cap" {
  local limit=$(($(</proc/sys/net/core/somaxconn)))
  ((limit < 1000000)) || skip "the kernel caps nothing that the configuration allows"
  serve unix "backlog=$((limit + 1))"
  log_has "pool main: backlog $((limit + 1)) is capped to $limit by net.core.somaxconn"
  stop_master
  : >"$log"
  serve unix "backlog=$limit"
  refute log_has capped
}

@test "unix: with the worker held and the queue full, a connect that does not block says so, and the queued are answered later" {
  serve unix workers=1 backlog=5 requests_per_connection=unlimited
  begin_call holder connect send:A expect:B say:in wait
  heard holder in
  begin_call crowd -n 9 'connect?' say:queued wait send:A half-close count
  heard crowd queued
  let_go holder
  end_call holder
  let_go crowd
  end_call crowd
  # The kernel queues one connection more than the backlog.
  assert_equal "$(grep -c connected <<<"$output") $(grep -c full <<<"$output")" "6 3"
  assert_match "$output" '6 answered, 6 bytes, 3 reset'
}

@test "unix: a connect that blocks waits for room and is answered" {
  serve unix workers=1 backlog=1 requests_per_connection=unlimited
  begin_call holder connect send:A expect:B say:in wait
  heard holder in
  for n in 1 2 3 4 5 6; do
    begin_call "waiting$n" connect send:A half-close count
  done
  let_go holder
  end_call holder
  for n in 1 2 3 4 5 6; do
    end_call "waiting$n"
    assert_equal "$output" "1 answered, 1 bytes, 0 reset"
  done
}

@test "inet: with the worker held and the queue full, a handshake waits, and all are answered later" {
  serve inet workers=1 backlog=5 defer_accept=no
  begin_call holder connect say:in wait
  heard holder in
  wait_for 5 serves "$(workers)"
  begin_call crowd -n 8 'connect?' say:queued wait send:A count
  heard crowd queued
  let_go holder
  end_call holder
  let_go crowd
  end_call crowd
  assert_equal "$(grep -c connected <<<"$output") $(grep -c waiting <<<"$output")" "6 2"
  assert_match "$output" '8 answered, 8 bytes, 0 reset'
}

@test "defer_accept: a silent inet client occupies no worker, and is answered once it sends" {
  serve inet workers=1
  begin_call silent -n 3 connect say:in wait send:A count
  heard silent in
  assert_equal "$(ask --timeout 2s)" "char from server = B"
  let_go silent
  end_call silent
  assert_match "$output" '3 answered, 3 bytes, 0 reset'
}

@test "defer_accept = no: a silent inet client occupies a worker" {
  serve inet workers=1 defer_accept=no
  begin_call silent connect say:in wait
  heard silent in
  run ask --timeout 300ms
  assert_equal "$status" 69
  let_go silent
  end_call silent
  assert_equal "$(ask)" "char from server = B"
}

@test "two pools in one file inherit what they do not set themselves" {
  start_master <<'CONF'
mode = inet
port = 0
workers = 2
service = echo
idle_timeout = 300ms

[pool plain]

[pool local]
mode = unix
path = s
workers = 3
service = increment
idle_timeout = none
CONF
  use_master master plain
  log_has "ready: pool plain, 2 workers on inet:127.0.0.1:$port"
  log_has "ready: pool local, 3 workers on unix:$BATS_TEST_TMPDIR/s"
  worker_count_is 5
  assert_equal "$(ask ABC)" ABC
  begin_call patient connect send:A expect:A eof
  use_master master local
  begin_call silent connect say:in wait send:A expect:B
  end_call patient # cut, which the other pool's client is not
  wait_for 5 log_has "\(pool plain, slot [01]\): idle_timeout is over"
  let_go silent
  end_call silent
  refute log_has "\(pool local, .*\): idle_timeout is over"
  stop_master
  log_has 'stopped: pool plain, 1 connections and 2 requests served, 1 cut'
  log_has 'stopped: pool local, 1 connections'
}

@test "a pool that cannot listen keeps the others from starting, and leaves nothing behind" {
  echo precious >file
  refuse_master 73 <<<$'mode = unix\n[pool a]\npath = s\n[pool b]\npath = file'
  refute test -e s
  assert_equal "$(<file)" precious
}

@test "a relative path is taken from the working directory, and the ready line has the absolute one" {
  mkdir sub
  printf '%s\n' 'mode = unix' 'path = sub/s' 'workers = 1' >sub/x.conf
  start_master <sub/x.conf
  assert_equal "$endpoint" "unix:$BATS_TEST_TMPDIR/sub/s"
  answers unix:sub/s
}

# Put a link in the place of the socket as soon as it is there.
swap_socket() {
  wait_for 5 test -S s
  mv s other
  ln -s precious s
}

@test "a link that another user puts in the socket's place between bind and chmod is not followed" {
  strace -o /dev/null true || skip 'strace may not trace here'
  sanitizers_leave detect_leaks=0
  echo precious >precious
  chmod 600 precious
  printf '%s\n' 'mode = unix' 'path = s' 'socket_permissions = 0666' >x.conf
  swap_socket 3>&- &
  swapper=$!
  run timeout 5 strace -o trace -e trace=bind -e inject=bind:delay_exit=500000 "$BUILD/preforkd" -c x.conf 3>&-
  wait "$swapper"
  assert_equal "$(stat -c %a precious)" 600 "the mode of what the link leads to"
  assert_equal "$status" 73
  assert_match "$output" "cannot set mode and owner of $PWD/s: File exists"
}
