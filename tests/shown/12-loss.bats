#!/usr/bin/env bats
# Where segments get lost: of all that arrive, 15 in 100 are dropped, in a network of our own.

load ../helpers/common
load shown

network=preforkd-$$

setup() {
  enter_test
  if ! command -v ip >/dev/null || ! command -v iptables >/dev/null; then
    skip "no ip, no iptables"
  fi
  ip netns add "$network" 2>ip.err || skip "cannot make a network namespace: $(cat ip.err)"
  ip -n "$network" link set lo up
  ip netns exec "$network" iptables -A INPUT -p tcp -m statistic --mode random --probability 0.15 -j DROP ||
    skip "cannot drop segments"
  runner=(ip netns exec "$network")
  # shellcheck disable=SC2034 # for leave_test
  descriptors_may_change=1
}

teardown() {
  leave_test
  ip netns del "$network" 2>/dev/null || true
}

# Each sends its request, more later and yet more, and then reads: 200 clients, two in each of 100
# processes, so that one client's lost SYN does not delay the others.
call_and_send_more() {
  local i pids=()
  for ((i = 0; i < 100; i++)); do
    "${runner[@]}" "$bin/client" -n 2 -t 80 "$(target)" connect send:A sleep:3 send:hello sleep:3 send:xx \
      half-close count >"count.$i" 2>&1 3>&- &
    pids+=($!)
  done
  wait "${pids[@]}" || true
  cat count.* | awk '{ answered += $1 } END { print answered + 0 }'
}

@test "with linger, every client that sends more reads its answer, whatever is dropped" {
  local answered
  serve inet workers=250 linger=20s
  answered=$(call_and_send_more)
  figure "linger = 20s, 15 % of the segments dropped: $answered of 200 clients answered"
  assert_equal "$answered" 200
}

@test "without linger some answers are overtaken by the reset, which is why there is linger" {
  local answered
  serve inet workers=250
  answered=$(call_and_send_more)
  figure "linger = 0s, 15 % of the segments dropped: $answered of 200 clients answered"
  at_most "answered without linger" "$answered" 199
}
