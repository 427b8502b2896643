#!/usr/bin/env bats
# Line 3: 1,000 workers, how soon and how large; 10,000 of them with a connection each.

load ../helpers/common
load shown
load cost

@test "1,000 workers are ready within 1.5 times the time of a bare fork loop" {
  local ours ratio pair
  mkfifo ready
  # What the sandbox takes is another line's: 34-sandbox-cost.bats.
  printf 'mode = unix\npath = s\nworkers = 1000\nsandbox = off\n' >t.conf
  for pair in 1 2 3 4 5 6 7; do
    until_ready "$BUILD/preforkd" -c t.conf --ready-fd 4
    ours=$took
    until_ready "$bin/floor" unix:floor 1000
    ratio=$(calculate "$ours / $took")
    echo "$ratio" >>ratios
    figure "line 3: pair $pair: 1,000 workers ready after $ours s, the bare loop's after $took s: $ratio"
  done
  ratio=$(percentile 50 <ratios)
  figure "line 3: ready over the bare fork loop: $ratio, median of 7 pairs (at most 1.5)"
  at_most "time to ready over the bare loop's" "$ratio" 1.5
}

# memory LIMIT_KB WHAT
memory() {
  weigh_workers
  figure "line 3: $each kB for each of 1,000 workers, $2, in a fresh memory cgroup (at most $1)"
  at_most "kB for each worker, $2" "$each" "$1"
}

@test "a worker takes at most 140 kB, glibc" {
  memory 140 glibc
}

@test "a worker takes at most 115 kB, musl static" {
  command -v musl-gcc >/dev/null || skip "no musl-gcc"
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j2 -C "$tree" BUILD="$BUILD/musl" \
    CC=musl-gcc STATIC=1 "$BUILD/musl/preforkd" 3>&-
  BUILD=$BUILD/musl memory 115 'musl static'
}

# crowd MODE: 10,000 clients, each at a worker of its own.
crowd() {
  local begin
  need_room_for_crowd
  begin=$EPOCHREALTIME
  ready_seconds=60 serve "$1" workers=10000 requests_per_connection=unlimited backlog=4096
  started=$master
  figure "line 3: 10,000 workers ready after $(since "$begin") s, $1"
  load_into load.json 90 --connections 10000 --hold 2s --timeout 60s
  figure "line 3: $(json load.json held) clients held at once for 2 s, $(json load.json ok) requests" \
    "answered, $(json load.json failed) failed, $1"
  assert_equal "$(json load.json held)" 10000 "held"
  assert_equal "$(json load.json ok)" 20000 "answered, one before and one after the hold"
  assert_equal "$(json load.json failed)" 0 "failed"
  begin=$EPOCHREALTIME
  stop_seconds=60 stop_master
  figure "line 3: 10,000 workers stopped after $(since "$begin") s, $1"
  read_stop_line
  assert_equal "$connections $requests $cut" '10000 20000 0' "served"
  # shellcheck disable=SC2034 # for end_started
  started=''
}

@test "10,000 workers hold and answer 10,000 clients at once, unix" {
  crowd unix
}

@test "10,000 workers hold and answer 10,000 clients at once, inet" {
  crowd inet
}
