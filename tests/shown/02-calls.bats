#!/usr/bin/env bats
# Line 2: what a connection costs, in system calls and in segments.

load ../helpers/common
load shown
load cost

# traced MODE LIMIT
traced() {
  count_calls "$1"
  figure "line 2: $each system calls a connection, $1 (strace -f -c, 10,000 calls, start and stop" \
    "included; at most $2)"
  at_most "system calls a connection, $1" "$each" "$2"
}

@test "10,000 calls take at most 5.05 system calls each, unix" {
  traced unix 5.05
}

@test "10,000 calls take at most 6.05 system calls each, inet" {
  traced inet 6.05
}

@test "an answer and its FIN come in one segment: 3 a connection, inet" {
  serve inet workers=4
  local actions=() i
  for ((i = 0; i < 20; i++)); do
    actions+=(connect send:A expect:B eof segments close)
  done
  "$bin/client" -n 100 -t 30 "$(target)" "${actions[@]}" >segments 3>&-
  local each
  each=$(awk '{ sum += $1 } END { print sum / NR / 100 }' segments)
  figure "line 2: $each segments received by the client a connection, of 2,000 (3.0)"
  at_most "segments a connection" "$each" 3.005
  at_least "segments a connection" "$each" 3
}

@test "a silent client occupies no worker for the period of defer_accept, inet" {
  serve inet workers=1 idle_timeout=1s
  local begin held
  begin_call silent -t 30 connect say:connected eof
  heard silent connected
  begin=$EPOCHREALTIME
  load_into load.json 30 --connections 1 --duration 5s
  assert_equal "$(json load.json failed)" 0 "failed beside a silent client"
  figure "line 2: beside a silent client one worker answered $(json load.json ok) calls in 5 s, the" \
    "slowest in $(calculate "$(json load.json response.max) / 1e6") ms"
  at_most "the slowest call, in ms" "$(calculate "$(json load.json response.max) / 1e6")" 500
  # Then it takes the worker, for its idle_timeout.
  while ask --timeout 300ms >/dev/null 2>&1 && [[ $(since "$begin") != 1[0-9].* ]]; do :; done
  held=$(since "$begin")
  figure "line 2: the silent client came to the worker after $held s (defer_accept = auto)"
  at_least "the silent client at the worker, in s" "$held" 5
  at_most "the silent client at the worker, in s" "$held" 9
  end_call silent
}
