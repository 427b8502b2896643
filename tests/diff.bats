#!/usr/bin/env bats
# preforkctl diff: what a reload would change, without reloading.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/reload

@test "diff says how the file differs, and what a reload would do to each pool" {
  start 'control = control' 'workers = 2' '[pool stays]' 'mode = inet' 'port = 0' \
    '[pool moves]' 'mode = unix' 'path = here' '[pool goes]' 'mode = unix' 'path = gone'
  use_master master stays
  differ
  assert_equal "$output" 'nothing differs'
  "$BUILD/preforkctl" -s control scale stays 4 3>&-
  configure 'control = control' 'log_level = info' '[pool stays]' 'mode = inet' 'port = 0' 'workers = 3' \
    '[pool moves]' 'mode = unix' 'path = there' 'workers = 2' '[pool comes]' 'mode = unix' 'path = new' 'workers = 2'
  differ 1
  assert_equal "$output" "log_level: notice -> info
pool stays: workers: 2 -> 3
pool stays: scaled to 4, which is over then
pool stays: gets new workers, $endpoint stays open
pool moves: path: $PWD/here -> $PWD/there
pool moves: gets new workers, unix:$PWD/there is opened
pool comes: new, unix:$PWD/new is opened
pool moves: moves, unix:$PWD/here is drained
pool goes: goes, unix:$PWD/gone is drained"
  refute log_has reloaded
  reload
  differ
  assert_equal "$output" 'nothing differs'
  # Any key, a pool that goes, and a number that was scaled are differences.
  cp master.conf now.conf
  # shellcheck disable=SC2016 # the last line
  for change in 's/^workers = 3/workers = 4/' 's/^log_level.*//' 's/there/where/' '/pool comes/,$d'; do
    sed "$change" now.conf >master.conf
    differ 1
    assert_match "$output" 'pool stays: gets new workers, '
  done
  cp now.conf master.conf
  "$BUILD/preforkctl" -s control scale comes 4 3>&-
  differ 1
  assert_match "$output" 'pool comes: scaled to 4, which is over then'
}

@test "diff says what is wrong with the file, with its place" {
  serve unix control=control
  echo 'worker = 3' >>master.conf
  differ 78
  assert_match "$output" "master.conf:4:1: unknown key 'worker'; did you mean 'workers'\?"
  configure 'mode = unix' 'path = s' 'pid_file = other'
  differ 1
  assert_match "$output" "pid_file: none -> $PWD/other"
}

@test "a long diff comes whole" {
  lines=('control = control' 'mode = unix' 'workers = 1')
  for i in {1..300}; do
    lines+=("[pool p$i]" "path = @$$-diff-$i")
  done
  start "${lines[@]}"
  sed -i 's/^workers = 1$/workers = 2/' master.conf
  differ 1
  assert_equal "$(wc -l <<<"$output")" 600
  assert_equal "$(tail -n 1 <<<"$output")" "pool p300: gets new workers, unix:@$$-diff-300 stays open"
}
