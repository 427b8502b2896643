#!/usr/bin/env bats
# What the sandbox costs: 1,000 workers with it are ready within 1.5 times the time without it and take 145 kB each; the
# rate is at least 0.97 of that without it, or within 2 % of what the barest loop keeps that has a filter which allows
# all; and a connection takes no system call more. What it takes in user space is the same code: tests/bench/instructions.

# shellcheck disable=SC2154,SC2034 # helpers/common and cost set and read them

load ../helpers/common
load shown
load cost

teardown() {
  end_loops
  end_started
  leave_test
}

levels=(enforce off)

# median [FILE]: of the ratios in it, and of how many pairs it is.
median() {
  local file=${1-ratios}
  echo "$(percentile 50 <"$file"), median of $(wc -l <"$file") pairs ($(sort -g "$file" | head -n 1) to" \
    "$(sort -g "$file" | tail -n 1))"
}

@test "1,000 workers with the sandbox are ready within 1.5 times the time without it" {
  local pair level
  local -A seconds
  mkfifo ready
  for level in "${levels[@]}"; do
    printf 'mode = unix\npath = s\nworkers = 1000\nsandbox = %s\n' "$level" >"$level.conf"
    until_ready "$BUILD/preforkd" -c "$level.conf" --ready-fd 4
  done
  for pair in {1..11}; do
    for level in "${levels[@]}"; do
      until_ready "$BUILD/preforkd" -c "$level.conf" --ready-fd 4
      seconds[$level]=$took
      echo "$took" >>"$level"
    done
    printf '%s\n' "$(calculate "${seconds[enforce]} / ${seconds[off]}")" >>ratios
  done
  figure "line 2: 1,000 workers ready after $(percentile 50 <enforce) s with the sandbox, $(percentile 50 <off) s without:" \
    "$(median), at most 1.5"
  at_most "time to ready with the sandbox over that without" "$(percentile 50 <ratios)" 1.5
}

# The configuration of one master with two pools of MODE, each named by its level of the sandbox.
pools() { # MODE LEVEL...
  local level
  printf 'mode = %s\nworkers = 8\n' "$1"
  for level in "${@:2}"; do
    printf '[pool %s]\nsandbox = %s\n' "$level" "$level"
    [[ $1 == unix ]] && echo "path = $level.socket" || echo 'port = 0'
  done
}

declare -gA loop_endpoint=() loop_pid=() # of the barest loops, `bare` and `filtered`

# start_loop NAME MODE: the barest loop of that name, in that mode, with as many workers.
start_loop() {
  local where=unix:$1.socket options=(-e)
  [[ $2 == unix ]] || where=inet:0 options+=(-d)
  [[ $1 == bare ]] || options+=(-s)
  [[ -p loop ]] || mkfifo loop
  "$bin/floor" "${options[@]}" "$where" 8 >loop 3>&- &
  loop_pid[$1]=$!
  read -r -t 20 _ where <loop || fail "the loop $1 does not begin" || return
  loop_endpoint[$1]=$where
}

end_loops() {
  local pid
  for pid in "${loop_pid[@]}"; do
    { kill "$pid" && wait "$pid"; } 2>/dev/null || true
  done
  loop_pid=()
}

# load_level LEVEL: load its pool, or the loop of that name, for a moment; sets $rate.
load_level() {
  if [[ ${loop_endpoint[$1]-} ]]; then
    endpoint=${loop_endpoint[$1]}
  else
    use_master master "$1"
  fi
  load_into load.json 20 --quiet --connections 4 --warm-up 30ms --duration 250ms
  assert_equal "$(json load.json failed)" 0 "failed"
  rate=$(json load.json achieved)
}

# A B becomes B A.
turn() {
  ours=("${ours[1]}" "${ours[0]}") loops=("${loops[1]}" "${loops[0]}")
}

# rates MODE: 60 pairs of loads in turns, A B, B A, of our two pools and of the barest loop with and without a filter.
# Which worker sleeps on which processor is luck and lasts as long as they do: so there are new ones every six pairs,
# first of the one and then of the other. A filter that allows all makes the kernel take its slower way at each call:
# no sandbox can keep more than the loop does with that.
rates() {
  local round pair level ratio kept ours=(enforce off) loops=(bare filtered)
  local -A rate_of
  for round in {1..10}; do
    start_master < <(pools "$1" "${ours[@]}")
    for level in "${loops[@]}"; do
      start_loop "$level" "$1"
    done
    for level in "${ours[@]}" "${loops[@]}"; do
      load_level "$level"
    done
    for pair in {1..6}; do
      for level in "${ours[@]}" "${loops[@]}"; do
        load_level "$level"
        rate_of[$level]=$rate
        echo "$rate" >>"$level"
      done
      printf '%s\n' "$(calculate "${rate_of[enforce]} / ${rate_of[off]}")" >>ratios
      printf '%s\n' "$(calculate "${rate_of[filtered]} / ${rate_of[bare]}")" >>loop_ratios
      turn
    done
    turn
    stop_master
    end_loops
  done
  ratio=$(percentile 50 <ratios) kept=$(percentile 50 <loop_ratios)
  figure "line 2: $(percentile 50 <enforce) connections a second with the sandbox, $(percentile 50 <off) without, $1:" \
    "$(median); the barest loop with a filter that allows all: $(median loop_ratios)"
  at_least "the rate with the sandbox over that without, $1 (the barest loop with a filter over that without: $kept)" \
    "$ratio" "$(calculate "0.98 * $kept < 0.97 ? 0.98 * $kept : 0.97")"
}

@test "the rate with the sandbox is at least 0.97 of that without it, or 0.98 of what the barest loop keeps, unix" {
  rates unix
}

@test "the rate with the sandbox is at least 0.97 of that without it, or 0.98 of what the barest loop keeps, inet" {
  rates inet
}

@test "a worker within its sandbox takes at most 145 kB" {
  local level
  local -A kilobytes
  for level in "${levels[@]}"; do
    weigh_workers sandbox="$level"
    kilobytes[$level]=$each
  done
  figure "line 2: ${kilobytes[enforce]} kB for each of 1,000 workers with the sandbox, ${kilobytes[off]} kB without, in" \
    "a fresh memory cgroup (at most 145)"
  at_most "kB for each worker with the sandbox" "${kilobytes[enforce]}" 145
}

# no_more_calls MODE LIMIT
no_more_calls() {
  local level
  local -A calls
  for level in "${levels[@]}"; do
    count_calls "$1" sandbox="$level"
    calls[$level]=$each
  done
  figure "line 2: ${calls[enforce]} system calls a connection with the sandbox, ${calls[off]} without, $1 (strace -f -c," \
    "10,000 calls, start and stop included; at most $2)"
  at_most "system calls a connection with the sandbox, $1" "${calls[enforce]}" "$2"
}

@test "a connection takes no system call more, unix" {
  no_more_calls unix 5.05
}

@test "a connection takes no system call more, inet" {
  no_more_calls inet 6.05
}
