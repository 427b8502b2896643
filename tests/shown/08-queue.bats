#!/usr/bin/env bats
# Line 8: a queue of 5, and its one worker held.

load ../helpers/common
load shown

# hold MODE OPTION...: start a master whose one worker has an active connection.
hold() {
  serve "$@" workers=1 backlog=5 requests_per_connection=unlimited
  begin_call holder -t 50 connect send:A expect:B say:held wait half-close eof
  heard holder held
}

# fill FULL...: fill the queue by clients and see that the next ones find it so, each word for one of them; these
# clients and one that waits are answered once the worker is free.
fill() {
  begin_call queued -n 6 -t 50 'connect?' say:queued wait send:A half-close count
  heard queued queued
  assert_equal "$(grep -c '^connected$' call.queued.out)" 6 "clients in the queue"
  assert_equal "$("$bin/client" -n $# "$(target)" 'connect?')" "$(printf '%s\n' "$@")"
  begin_call blocked -n 1 -t 50 say:calling connect send:C expect:D say:answered
  heard blocked calling
  refute grep -q answered call.blocked.out
  let_go holder
  end_call holder
  let_go queued
  end_call queued
  assert_match "$output" '6 answered, 6 bytes, 0 reset$'
  end_call blocked
  assert_match "$output" 'answered$'
}

@test "a full queue says EAGAIN to a non-blocking connect, and queued clients are answered, unix" {
  hold unix
  fill full full full
  figure "line 8: backlog = 5, unix: 6 clients queued, then EAGAIN; all 6 and one who blocked answered"
}

@test "a full queue makes a handshake wait, and queued clients are answered, inet" {
  hold inet 'defer_accept = no'
  fill waiting
  figure "line 8: backlog = 5, inet: 6 clients queued, then handshakes wait; all 6 and one who waited" \
    "answered"
}
