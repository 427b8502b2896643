#!/usr/bin/env bats
# Addresses: where a master listens, which master owns an address, and the accept queue.

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
  assert_match "$output" "socket_owner 'nobody-of-that-name' is no user here"
  refuse_master 78 -o socket_group=no-such-group <good
  assert_match "$output" "socket_group 'no-such-group' is no group here"
  refute test -e s
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

@test "a stop removes the socket file, and a new master takes the path" {
  serve unix
  stop_master
  [[ ! -e s && ! -e s.lock ]]
  serve unix
  answers unix:s
}

@test "a socket file that was replaced is not removed at the stop" {
  serve unix
  rm s
  : >s
  stop_master
  [[ -f s ]]
}

@test "a live socket of another server exits 69, and that server still answers" {
  serve unix
  rm s.lock # a server that knows nothing of locks
  inode=$(stat -c %i s)
  refuse_master 69 <master.conf
  assert_match "$output" "$BATS_TEST_TMPDIR/s is in use: another server answers there"
  answers unix:s
  assert_equal "$(stat -c %i s)" "$inode"
}

@test "a live datagram socket at the path of a stream pool exits 69 too" {
  serve unix type=datagram
  rm s.lock
  refuse_master 69 <master.conf
  assert_match "$output" 's is in use: another server answers there'
  assert_equal "$("$BUILD/preforkcall" --datagram unix:s)" "char from server = B"
}

@test "a master whose lock is held exits 69 and names the lock file" {
  serve unix
  refuse_master 69 <master.conf
  assert_match "$output" "s is in use: another preforkd holds $BATS_TEST_TMPDIR/s.lock"
  answers unix:s
}

@test "an abstract name in use exits 69, and its server still answers" {
  serve unix "path=@$BATS_TEST_TMPDIR"
  refuse_master 69 -o "path=@$BATS_TEST_TMPDIR" <master.conf
  assert_match "$output" "cannot bind unix:@$BATS_TEST_TMPDIR: Address( already)? in use"
  answers "$endpoint"
}

@test "an inet port in use exits 69, and its server still answers" {
  serve inet
  refuse_master 69 -o "port=$port" <master.conf
  assert_match "$output" "cannot bind $endpoint: Address( already)? in use"
  answers "$endpoint"
}

@test "a stale socket is replaced" {
  serve unix
  kill_master
  [[ -S s ]]
  serve unix
  answers unix:s
}

@test "a file at the path that is no socket is left alone: 73" {
  echo precious >file
  mkdir directory
  ln -s file link
  for path in file directory link; do
    refuse_master 73 <<<"mode = unix"$'\n'"path = $path"
    assert_match "$output" "$BATS_TEST_TMPDIR/$path exists and is not a socket"
  done
  assert_equal "$(<file)" precious
  [[ -L link && -d directory ]]
}

@test "a lock file that is a symbolic link is not followed: 73" {
  echo precious >file
  ln -s file s.lock
  refuse_master 73 <<<$'mode = unix\npath = s'
  assert_match "$output" "cannot create the lock file $BATS_TEST_TMPDIR/s.lock: "
  assert_equal "$(<file)" precious
  refute test -e s
}

@test "of ten masters started at once on one path exactly one serves, and the others exit 69 within 2 s" {
  local began=$EPOCHREALTIME refused=0 served=0
  pids=()
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' >ten.conf
  for n in {0..9}; do
    "$bin/launch" "$BUILD/preforkd" -c ten.conf 2>"log.$n" 3>&- &
    pids[n]=$!
  done
  wait_for 5 one_is_left "${pids[@]}"
  (($(elapsed_ms "$began") < 2000)) || fail "$(elapsed_ms "$began") ms"
  answers unix:s
  for n in {0..9}; do
    status=0
    if ! has_ended "${pids[n]}"; then
      served=$((served + 1))
      grep -q 'ready: pool main' "log.$n"
      kill "${pids[n]}"
      wait "${pids[n]}"
      continue
    fi
    wait "${pids[n]}" || status=$?
    assert_equal "$status" 69 "the exit status of number $n: $(<"log.$n")"
    grep -q 'is in use: another preforkd holds' "log.$n"
    refused=$((refused + 1))
  done
  assert_equal "$served served, $refused refused" "1 served, 9 refused"
}

one_is_left() { # PID...
  local pid left=0
  for pid in "$@"; do
    has_ended "$pid" || left=$((left + 1))
  done
  ((left == 1))
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
  wait_for 2 serves "$(workers)"
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
  wait_for 2 log_has "\(pool plain, slot [01]\): idle_timeout is over"
  let_go silent
  end_call silent
  refute log_has "\(pool local, .*\): idle_timeout is over"
  stop_master
  log_has 'stopped: pool plain, 2 connections'
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
