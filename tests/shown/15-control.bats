#!/usr/bin/env bats
# Line 15: the operator sees what is going on while everybody is busy and the control socket is
# crowded.

load ../helpers/common
load shown

# ask_master COMMAND...: preforkctl's output as $output, and how long it took, in ms, as $took.
ask_master() {
  local begin=$EPOCHREALTIME
  output=$(timeout 20 "$BUILD/preforkctl" -s control "$@" 3>&-)
  took=$(elapsed_ms "$begin")
}

# The clients of the control socket are $1 silent ones, one that floods it, and one of another user.
crowd_control() {
  local pool=$endpoint
  endpoint=unix:$PWD/control
  begin_call idle -n "$1" -t 60 connect say:in wait
  heard idle in
  endpoint=$pool
  head -c 1048576 /dev/zero | timeout 5 nc -N -U control >/dev/null 3>&- || true
  if ((UID == 0)); then
    chmod 666 control
    foreign=$(setpriv --reuid 65534 --clear-groups timeout 5 nc -N -U control <<<status 3>&-) || true
  fi
}

crowded() { # MODE
  local foreign='' command worst=0
  serve "$1" workers=2 control=control requests_per_connection=unlimited defer_accept=no
  hold one
  hold two
  begin_call queued -n 20 -t 60 connect send:A half-close say:there expect:B
  heard queued there
  crowd_control 200
  for command in 'status --json' status workers why; do
    for _ in 1 2 3; do
      # shellcheck disable=SC2086 # words
      ask_master $command
      ((took <= worst)) || worst=$took
      [[ $command != 'status --json' ]] || assert_match "$output" '"queue":20,'
    done
    figure "line 15: $command, $1: $took ms"
  done
  assert_match "$output" '20 clients'
  figure "line 15: with 2 of 2 workers busy, 20 queued, 200 idle control clients and a flood, $1:" \
    "answered within $worst ms (at most 100); another user: '${foreign:-not tried}'"
  [[ ! $foreign ]] || assert_equal "$foreign" 'error 77 user 65534 may not command this master'
  at_most "the slowest answer, in ms" "$worst" 100
  let_go idle
  end_call idle
  release one
  release two
  end_call queued
}

@test "a queue of 20 stands in status --json; all answers come within 100 ms in a crowd, unix" {
  crowded unix
}

@test "a queue of 20 stands in status --json; all answers come within 100 ms in a crowd, inet" {
  crowded inet
}

@test "control clients that send nothing, or read nothing, are closed within 10 s" {
  serve unix workers=700 control=control
  local pool=$endpoint begin=$EPOCHREALTIME
  endpoint=unix:$PWD/control
  begin_call silent -n 50 -t 30 connect eof
  begin_call greedy -t 30 connect $'send:workers\n' say:asked wait count
  heard greedy asked
  end_call silent
  endpoint=$pool
  figure "line 15: 50 silent control clients were hung up on after $(since "$begin") s"
  at_most "the patience with them, in s" "$(since "$begin")" 13
  let_go greedy
  end_call greedy
}
