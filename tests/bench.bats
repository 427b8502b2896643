#!/usr/bin/env bats
# The benchmark itself (tests/bench/): its arithmetic, the bare loop and the bare client that it
# measures against, what it skips, and that a short run of it leaves a report and nothing else.

# shellcheck disable=SC2030,SC2031 # each test has its own subshell

load helpers/common

tree=$BATS_TEST_DIRNAME/..

teardown() {
  local pid
  for pid in ${floors-}; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  leave_test
}

# Its figures' functions, with a result of their own; only what this test calls is shadowed.
with_figures() {
  results=$PWD
  touch ratios values sizes notes errors
  # shellcheck source=tests/bench/figures.bash
  source "$tree/tests/bench/figures.bash"
}

@test "median and quartiles are those of known numbers, between two of them in proportion" {
  with_figures
  assert_equal "$(printf '%s\n' 5 1 4 2 3 | percentile 50)" 3
  assert_equal "$(printf '%s\n' 5 1 4 2 3 | percentile 25)" 2
  assert_equal "$(printf '%s\n' 5 1 4 2 3 | percentile 100)" 5
  assert_equal "$(printf '%s\n' 4 3 2 1 | percentile 50)" 2.5
  assert_equal "$(printf '%s\n' 4 3 2 1 | percentile 75)" 3.25
  assert_equal "$(printf '%s\n' 10 9 100 | percentile 0)" 9
  assert_equal "$(echo 7.5 | percentile 50)" 7.5
  refute percentile 50 </dev/null
}

@test "a ratio is of the pair, and the median is of the ratios" {
  with_figures
  assert_equal "$(printf '%s\n' '10 20' '30 20' '5 0' | ratios | tr '\n' ' ')" '0.5 1.5 '
  printf '%s\n' '90000 100000' '30000 20000' '22000 20000' >pairs
  record_ratio floor 'unix, floor' '>= 0.97' /s pairs
  assert_equal "$(<ratios)" \
    "floor	unix, floor	30.0k/s	20.0k/s	1.1	0.9	1	1.3	1.5	3	>= 0.97	met"
}

@test "a target is met or missed, and what is missed or wrong makes the run fail" {
  with_figures
  assert_equal "$(verdict 0.97 '>= 0.97') $(verdict 0.9699 '>= 0.97')" 'met missed'
  assert_equal "$(verdict 300 '<= 300') $(verdict 301 '<= 300') $(verdict 5 -)" 'met missed -'
  record_value calls 5.01 '<= 5.05'
  record_value instructions '' '<= 300'
  assert_equal "$(tail -n 1 values)" "instructions	not measured	<= 300	-"
  all_is_well
  error 'a load failed'
  refute all_is_well
  : >errors
  record_value calls 5.06 '<= 5.05'
  refute all_is_well
}

# run_floor OPTION... ENDPOINT: a bare loop with a worker for each of 4 clients; sets $endpoint.
run_floor() {
  rm -f ready
  mkfifo ready
  "$bin/floor" "$@" 4 >ready 3>&- &
  floors+=" $!"
  read -r -t 20 _ endpoint <ready
}

@test "floor answers rightly in each of its modes" {
  local options expect where
  while read -r options; do
    for where in unix:s inet:0; do
      # shellcheck disable=SC2086 # words
      run_floor $options $where
      expect='--expect increment'
      case $options in
      *-k*) expect='--expect echo --keep-open' ;;
      *-u*) expect+=' --datagram' ;;
      esac
      # shellcheck disable=SC2086 # words
      run timeout 20 "$BUILD/preforkload" "$endpoint" $expect --requests 100 --json --quiet 3>&-
      assert_match "$status $output" '^0 .*"ok":100,"failed":0' ||
        fail "floor $options $where: $output"
    done
  done <<<$'\n-e\n-d\n-d -e -s\n-k\n-k -e\n-u\n-u -e'
}

@test "client makes so many calls and judges the replies" {
  run_floor inet:0
  "$bin/bare_client" "$endpoint" 3 30
  assert_match "$("$bin/bare_client" -l "$endpoint" 2 10)" \
    '^\{"counts":\{"failed":0\},"rate":\{"achieved":[0-9.]+\},"latency_ns":\{"response":\{"p99":[0-9]+\}\}\}$'
  run_floor -k unix:s
  run "$bin/bare_client" "$endpoint" 1 1
  assert_equal "$status" 1 "the status after a wrong reply"
  "$bin/bare_client" -l "$endpoint" 1 1 # a line may come back as it is
  run "$bin/bare_client" unix:nobody 1 1
  assert_equal "$status" 1 "the status where nobody listens"
}

@test "a peer that is not installed is skipped with a line that says how to get it" {
  local peer
  mkdir none
  ln -s "$(command -v bash)" none/bash
  for peer in "$tree"/tests/bench/peers/*; do
    PATH=$PWD/none run "$peer" about
    assert_equal "$status" 69 "the status of ${peer##*/}"
    assert_match "$output" ' is not installed$'
  done
  mkdir peers
  printf '#!/bin/sh\necho it is not installed\nexit 69\n' >peers/other
  chmod +x peers/other
  # shellcheck disable=SC2016 # the inner shell expands it
  run bash -c '. "$0/tests/bench/common.bash" && begin results && peers=$PWD/peers && ! has_peer other' \
    "$tree" 3>&-
  assert_equal "$output" 'note: skipped: it is not installed (make bench-peers)'
  assert_equal "$status" 0
  assert_equal "$(<results/notes)" 'skipped: it is not installed (make bench-peers)'
}

# On a busy machine a load may not keep up with its own schedule, which is an error of the run.
runs_briefly() {
  TMPDIR=$PWD/temporary BENCH=unix BENCH_PAIRS=1 BENCH_TIME=10ms BENCH_OUT=$PWD \
    run "$tree/tests/bench/run" 3>&- || return
  ((status <= 1)) || fail "status $status: $output" || return # targets may be missed by so short a run
  assert_equal "$(cat bench/errors)" '' 'errors'
}

@test "a short run writes a report, and leaves no process and no file behind" {
  mkdir temporary
  try_thrice runs_briefly
  assert_equal "$(grep -cE '^\| unix, .* \| [0-9.]+k/s \|' bench.md)" 3 'rows of the report'
  grep -q '^- a part of it: unix$' bench.md
  grep -q '^Measured on ' bench-main.md
  assert_equal "$(find temporary -mindepth 1)" '' 'what is left'
  assert_equal "$(pgrep -f "$PWD/temporary/")" '' 'processes that are left'
}

@test "an unknown part is refused, with the parts that there are" {
  BENCH='unix units' BENCH_OUT=$PWD run "$tree/tests/bench/run" 3>&-
  assert_equal "$status" 64
  assert_match "$output" "^bench: there is no part 'units'; there are: unix inet "
}

@test "publish puts what was measured between the marks, each time anew, and refuses a part of it" {
  mkdir -p copy/tests/bench build
  cp "$tree/tests/bench/publish" copy/tests/bench/
  printf 'before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n' >copy/README.md
  echo nothing >copy/tests/bench/RESULTS.md
  printf '![p](bench-ratios.svg)\n' | tee build/bench.md >build/bench-main.md
  : >build/bench-ratios.svg
  BUILD=$PWD/build run copy/tests/bench/publish
  assert_equal "$status" 1
  assert_match "$output" '^bench-publish: tests/bench/RESULTS.md has no pair of lines'
  cp copy/README.md copy/tests/bench/RESULTS.md
  BUILD=$PWD/build copy/tests/bench/publish
  BUILD=$PWD/build copy/tests/bench/publish
  assert_equal "$(tr '\n' '|' <copy/README.md)" \
    'before|<!-- bench: begin -->||![p](bench-ratios.svg)||<!-- bench: end -->|after|'
  cmp copy/README.md copy/tests/bench/RESULTS.md
  [[ -e copy/tests/bench/bench-ratios.svg ]]
  echo '- a part of it: unix' >>build/bench.md
  BUILD=$PWD/build run copy/tests/bench/publish
  assert_equal "$output" 'bench-publish: the last make bench measured only a part'
}
