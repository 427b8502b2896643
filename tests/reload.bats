#!/usr/bin/env bats
# Reload: a new configuration replaces the running one without losing a client, or nothing changes.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load
load helpers/reload

generation_is() {
  log_has "reloaded: generation $1\$"
}

@test "HUP under load: new workers, no request fails, the counts continue" {
  for mode in unix inet; do
    serve $mode workers=3 control=control
    before=$(workers)
    begin_load 600
    for generation in 2 3 4 5; do
      kill -HUP "$master"
      wait_for 10 generation_is $generation
    done
    end_load
    wait_for 10 worker_count_is 3
    for pid in $(workers); do
      refute grep -qx "$pid" <<<"$before"
    done
    "$BUILD/preforkctl" -s control status --json >status.json
    assert_equal "$(grep -o '"accepted":[0-9]*' status.json)" "\"accepted\":$(json_figure ok)"
    stop_master
    log_has "stopped: pool main, $(json_figure ok) connections and $(json_figure ok) requests served, 0 cut, 0 refused"
    : >"$log"
  done
}

@test "the new file is in force: workers, service, a pool more, a pool less" {
  start 'control = control' 'mode = unix' '[pool a]' 'path = a' 'workers = 2' '[pool b]' 'path = b' 'workers = 1'
  inode=$(stat -c %i a)
  configure 'control = control' 'mode = unix' '[pool a]' 'path = a' 'workers = 4' 'service = echo' \
    '[pool c]' 'path = c' 'workers = 1'
  reload
  assert_match "$output" '^reloaded: generation 2$'
  assert_equal "$(stat -c %i a)" "$inode" "the inode of the socket that stays"
  wait_for 5 worker_count_is 5 # a worker that retires tries accept() once more
  assert_equal "$("$BUILD/preforkcall" "unix:$PWD/a" xyz 3>&-)" xyz
  assert_equal "$("$BUILD/preforkcall" "unix:$PWD/c" 3>&-)" 'char from server = B'
  worker_count_is 5
  [[ ! -e b ]] || fail 'the socket of the removed pool is there'
  wait_for 5 log_has 'stopped: pool b, 0 connections'
}

@test "an active connection outlives the reload, and is cut when stop_timeout is over" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 1' 'requests_per_connection = unlimited'
  hold kept
  reload
  assert_equal "$(ask)" 'char from server = B'
  "$BUILD/preforkctl" -s control workers >list
  grep -Eq ' 1 +leaving .* a unix client' list
  grep -Eq ' 2 +idle ' list
  release kept
  wait_for 5 worker_count_is 1
  configure 'control = control' 'stop_timeout = 100ms' 'mode = unix' 'path = s' 'workers = 1' \
    'requests_per_connection = unlimited'
  reload
  hold lost
  reload
  wait_for 5 log_has 'stop_timeout is over for generation 3: 1 connections cut'
  end_call lost 1 || true
  wait_for 5 worker_count_is 1
}

@test "a wrong file, and an address that cannot be bound, are reported with their place, and nothing changes" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 2'
  before=$(workers)
  configure 'control = control' 'mode = unix' 'path = s' 'worker = 3'
  reload 1
  assert_match "$output" "master.conf:4:1: unknown key 'worker'; did you mean 'workers'\?"
  configure 'control = control' 'mode = unix' 'path = s' 'service = incremnt'
  reload 1
  assert_match "$output" 'master.conf:4:11: .*incremnt'
  configure 'control = control' 'mode = unix' 'path = s' 'workers = 8..4'
  reload 1
  assert_match "$output" 'upside down'
  configure 'control = control' 'mode = unix' 'path = absent/s'
  reload 1
  assert_match "$output" 'absent/s'
  configure 'control = absent/c' 'mode = unix' 'path = s'
  reload 1
  assert_match "$output" 'master.conf:1:11: .*absent/c'
  rm master.conf
  reload 1
  assert_match "$output" 'master.conf: cannot read it: No such file'
  "$BUILD/preforkd" -c <(printf 'mode = inet\nport = 0\nworkers = 1') 2>other.log 3>&- &
  other=$!
  wait_for 5 grep -q ready other.log
  taken=$(grep -o '127.0.0.1:[0-9]*' other.log)
  configure 'control = control' '[pool main]' 'mode = unix' 'path = s' '[pool t]' 'mode = inet' "port = ${taken#*:}"
  reload 1
  assert_match "$output" 'Address (already )?in use'
  kill "$other"
  wait "$other"
  assert_equal "$(workers)" "$before" "the workers"
  assert_equal "$(ask)" 'char from server = B'
  refute log_has ' reloaded: generation'
}

@test "a socket file that was removed is there again after a reload, and is the master's" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 2' 'requests_per_connection = unlimited'
  hold kept
  rm s
  reload
  assert_equal "$(ask)" 'char from server = B'
  release kept
  wait_for 5 worker_count_is 2
  refuse_master 69 <<<$'mode = unix\npath = s'
  stop_master
  [[ ! -e s ]] || fail 'the socket is left'
}

@test "port 0 keeps the port that it got, and options of a listener change in place" {
  start 'control = control' 'mode = inet' 'port = 0' 'workers = 1' 'defer_accept = no' 'backlog = 100'
  was=$endpoint
  configure 'control = control' 'mode = inet' 'port = 0' 'workers = 2' 'backlog = 300'
  reload
  assert_equal "$(ask)" 'char from server = B'
  use_master master
  assert_equal "$endpoint" "$was"
  "$BUILD/preforkctl" -s control status --json | grep -q '"queue_limit":300,'
}

@test "HUPs faster than workers start: the last file holds, no process and no descriptor is left" {
  serve unix control=control
  cp master.conf old.conf
  begin_load
  for _ in {1..60}; do
    kill -HUP "$master"
  done
  sed 's/^workers = 2/workers = 5/' old.conf >master.conf
  kill -HUP "$master"
  wait_for 5 worker_count_is 5
  end_load
  cp old.conf master.conf
  kill -HUP "$master"
  wait_for 5 worker_count_is 2
  wait_for 5 descriptors_are_as_before master
}

@test "a stop in the middle of a reload stops everybody" {
  for _ in 1 2 3; do
    serve unix workers=40 control=control
    begin_load 300
    kill -HUP "$master"
    kill -HUP "$master"
    kill -TERM "$master"
    await_master master 0
    wait "$generator" || true
  done
}

@test "many generations retire at once, each with an active connection; one more waits for room" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 1' 'requests_per_connection = unlimited'
  for generation in 2 3 4 5 6 7 8 9; do
    hold "client$generation"
    reload
  done
  hold client10
  run "$BUILD/preforkctl" -s control --timeout 300ms reload
  assert_equal "$status" 69
  assert_match "$output" 'has begun, and has not ended within 300ms: it goes on'
  kill -HUP "$master"
  refute log_has 'generation 10'
  waiting='a reload waits until one of 8 earlier generations has ended, in [0-9]+ s at the latest'
  assert_match "$("$BUILD/preforkctl" -s control status 3>&-)" $'\n'"$waiting"$'\n'
  assert_match "$("$BUILD/preforkctl" -s control why 3>&-)" $'\nmaster: '"$waiting\$"
  assert_match "$("$BUILD/preforkctl" -s control status --json 3>&-)" '"reload_waits":8,"reload_due_ns":[0-9]+,'
  assert_equal "$(grep -c 'reload deferred: 8 earlier generations still finish connections' "$log")" 1
  for generation in 2 3 4 5 6 7 8 9 10; do
    release "client$generation"
  done
  wait_for 10 generation_is 10
  wait_for 10 worker_count_is 1
  refute grep -q waits <("$BUILD/preforkctl" -s control status 3>&-)
}

# A client has connected to the control socket, and nothing has accepted it.
one_is_connected() {
  (($(grep -c " $PWD/control\$" /proc/net/unix) == 2))
}

@test "a reload that has to wait because of the one before it says so as well" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 1' 'requests_per_connection = unlimited'
  for generation in 2 3 4 5 6 7 8; do
    hold "client$generation"
    reload
  done
  hold client9
  kill -STOP "$master" # both requests are there before the eighth generation retires
  timeout 20 "$BUILD/preforkctl" -s control reload >first 3>&- &
  first=$!
  wait_for 5 one_is_connected
  kill -HUP "$master"
  kill -CONT "$master"
  wait $first
  wait_for 5 log_has 'reload deferred: 8 earlier generations still finish connections'
  for generation in 2 3 4 5 6 7 8 9; do
    release "client$generation"
  done
  wait_for 10 generation_is 10
}

@test "a reload that moves the log from standard error to a file reports there once that the new workers accept" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 1'
  # shellcheck disable=SC2034 # for the judgement
  descriptors_may_change=1 # the file
  echo 'log = file' >>master.conf
  reload
  assert_equal "$(grep -c 'ready: pool main' "$log")" 2
}

@test "a reload that waits for room begins when one generation has ended, whatever the others do" {
  start 'control = control' 'mode = unix' 'path = s' 'workers = 1' 'requests_per_connection = unlimited' \
    'stop_timeout = none' 'idle_timeout = none'
  for generation in 2 3 4 5 6 7 8 9; do
    hold "client$generation"
    reload
  done
  kill -HUP "$master"
  let_pass 0.1
  refute log_has 'generation 10'
  release client5
  wait_for 5 generation_is 10
  for generation in 2 3 4 6 7 8 9; do
    release "client$generation"
  done
}

@test "a configuration that is no regular file is not waited for" {
  serve unix control=control
  mv master.conf good
  mkfifo master.conf
  reload 1
  assert_match "$output" 'master.conf: cannot read it: not a regular file'
  differ 78
  assert_equal "$(ask)" 'char from server = B'
}
