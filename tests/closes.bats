#!/usr/bin/env bats
# No descriptor is closed twice, nor one that was never open: its number may be another's by then.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common

setup_file() {
  strace -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
}

# command_master WORD: by preforkctl; a refusal is as good as a success.
command_master() {
  timeout 20 "$BUILD/preforkctl" -s control "$@" >>commands 2>&1 3>&- || true
}

# live KEY=VALUE...: a master with these keys serves, reloads and upgrades with and without success, while a
# connection stays open, and stops; the system calls of all its processes that close are in `trace`.
live() {
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  runner=(strace -f -o trace -e 'trace=close,close_range' "${runner[@]}")
  printf '%s\n' 'control = control' 'pid_file = pid' 'requests_per_connection = 9' 'log_connections = yes' \
    'workers = 1..4' "$@" >master.conf
  restart_master
  ask A >/dev/null
  hold one
  for way in reload upgrade; do
    command_master status
    command_master diff
    cp master.conf right.conf
    echo 'workers = 0' >>master.conf
    command_master $way
    mv right.conf master.conf
    command_master $way
    [[ $way == reload ]] || follow_upgrade
    log_has "reloaded: generation 2"
    kill -USR1 "$master"
    ask A >/dev/null
  done
  release one
  stop_master
  wait_for 5 session_is_over "${leader_of[master]}"
}

no_close_failed() {
  assert_match "$(grep -c 'close_range(' trace)" '^[1-9]' # workers' too
  assert_equal "$(grep -E 'close(_range)?(\(| resumed).* = -1 ' trace)" '' 'closes that failed'
}

@test "start, reloads, upgrades and stop, done and refused: no close fails in the master or a worker, unix" {
  live 'mode = unix' 'path = s'
  no_close_failed
}

@test "start, reloads, upgrades and stop, done and refused: no close fails in the master or a worker, inet" {
  live 'mode = inet' 'port = 0'
  no_close_failed
}

@test "start, reloads, upgrades and stop, done and refused: no close fails with sockets that were handed in" {
  runner=("$bin/hand_in" "web=127.0.0.1,0" "unused=127.0.0.2,0" --)
  live 'mode = inet' '[pool web]' 'port = 0'
  no_close_failed
}
