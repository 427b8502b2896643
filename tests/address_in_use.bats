#!/usr/bin/env bats
# Which master owns an address: socket files and their locks, stale sockets, addresses in use.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common

answers() { # ENDPOINT
  assert_equal "$("$BUILD/preforkcall" "$1")" "char from server = B" "the answer of $1"
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

# start_ten: sets $pids. On a machine that does not stand still, all but one have ended within 2 s.
start_ten() {
  local began=$EPOCHREALTIME
  pids=()
  for n in {0..9}; do
    "$bin/launch" "$BUILD/preforkd" -c ten.conf 2>"log.$n" 3>&- &
    pids[n]=$!
  done
  wait_for 5 one_is_left "${pids[@]}" || return
  (($(elapsed_ms "$began") < 2000)) || {
    echo "$(elapsed_ms "$began") ms" >&2
    kill "${left[@]}"
    wait "${pids[@]}"
    return 1
  }
}

@test "of ten masters started at once on one path exactly one serves, and the others exit 69 within 2 s" {
  local refused=0 served=0 status
  printf '%s\n' 'mode = unix' 'path = s' 'workers = 1' >ten.conf
  try_thrice start_ten
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
