#!/usr/bin/env bats
# Line 7: 50 masters at the same moment on one path.

load ../helpers/common
load shown

# Each waits in its open(2) of the gate, which is a FIFO, until the test opens the other end.
start_fifty() {
  local i
  pids=()
  for ((i = 0; i < 50; i++)); do
    { exec "$bin/launch" "$BUILD/preforkd" -c t.conf; } <gate >/dev/null 2>"log.$i" 3>&- &
    pids+=($!)
  done
  begin=$EPOCHREALTIME
  exec {gate}>gate
}

@test "of 50 masters started at once on one path one serves, and the others exit 69 within 2 s" {
  local round pid status took begin gate left inode
  mkfifo gate
  printf 'mode = unix\npath = s\nworkers = 2\n' >t.conf
  for round in 1 2 3 4 5; do
    start_fifty
    wait_for 4 one_is_left "${pids[@]}"
    took=$(since "$begin")
    exec {gate}>&-
    for pid in "${pids[@]}"; do
      [[ $pid != "${left[0]}" ]] || continue
      status=0
      wait "$pid" 2>/dev/null || status=$?
      assert_equal "$status" 69 "the exit status of a loser"
    done
    assert_equal "$("$BUILD/preforkcall" unix:s)" 'char from server = B'
    inode=$(stat -c %i s)
    [[ $inode ]]
    assert_equal "$(cat log.* | grep -c ': ready: pool main')" 1 "ready lines"
    kill -TERM "${left[0]}"
    wait "${left[0]}"
    [[ ! -e s && ! -e s.lock ]]
    figure "line 7: round $round: one of 50 masters serves, 49 exited with 69 within $took s (at most 2)"
    at_most "the last loser's exit, in s" "$took" 2
    wait_for 5 session_is_over "${left[0]}"
  done
}
