#!/usr/bin/env bats
# The image of conf/container without docker: what its Dockerfile copies, read-only and as its user, under systemd-nspawn
# and runc.

# shellcheck disable=SC2154,SC2034 # helpers set and read them

load ../helpers/common
load ../helpers/memory_group
load shown
load container

teardown() {
  leave_container
  drop_group
}

# as_shipped: the image as it is, with a network of its own.
as_shipped() { # ENGINE
  use "$1"
  say namespaces '{"type": "network"}'
  begin
  status=$(<"/proc/$init/status")
  for line in 'Uid: 65534 65534 65534 65534' 'Gid: 65534 65534 65534 65534' 'CapEff: 0000000000000000' 'CapBnd: 0000000000000000' 'NoNewPrivs: 1'; do
    grep -qx "${line// /[[:blank:]]}" <<<"$status" || fail "no '$line' in:" "$status"
  done
  grep -Eq '^([^ ]+ ){4}/ ro[, ]' "/proc/$init/mountinfo" # the root directory
  assert_equal "$(nsenter -t "$init" -n "$BUILD/preforkcall" inet:127.0.0.1:9734 A 3>&-)" B
  health
  inside /preforkctl -c /etc/preforkd/preforkd.conf status | grep -q '^main *running'
  run inside /preforkctl -c /etc/preforkd/preforkd.conf upgrade
  assert_match "$output" 'process 1 cannot hand over'
  refute grep -E 'warning|cannot|failed' <(grep -v 'process 1 cannot hand over' "$log")
  kill -TERM "$container"
  end 0
  log_has 'stopped: pool main, 1 connections and 1 requests served, 0 cut'
  assert_equal "$(<box.out)" ''
  figure "$($1 --version | head -n 1): the image as it is, read-only, no capability"
}

@test "the image as it is runs under systemd-nspawn, read-only and as its user, and its health check answers" {
  as_shipped systemd-nspawn
}

@test "the image as it is runs under runc, read-only and as its user, and its health check answers" {
  as_shipped runc
}

# A program for pools: it answers a line. Before that it leaves a child and that one's child behind, or takes memory
# until there is none.
write_guest() {
  mkdir guest
  cat >guest.c <<'END'
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void leave_orphan(void)
{
    if (fork() != 0)
        return;
    if (fork() != 0)
        _exit(1);
    setsid();
    while (getppid() != 1)
        sched_yield();
    _exit(2);
}

static void eat(void)
{
    for (;;) {
        char *piece = malloc(1 << 20);
        if (piece != NULL)
            memset(piece, 1, 1 << 20);
    }
}

int main(void)
{
    char line[16] = "";

    if (read(STDIN_FILENO, line, sizeof(line) - 1) <= 0)
        return 1;
    if (line[0] == 'o')
        leave_orphan();
    else if (line[0] == 'e')
        eat();
    return write(STDOUT_FILENO, "yes", 3) != 3;
}
END
  musl-gcc -O2 -static -o guest/guest guest.c
}

# A configuration from outside: pools on the host's network and in the only directory that is written to, which is
# outside as well, and one whose program is from outside.
from_outside() { # ENGINE
  use "$1"
  write_guest
  mkdir etc run
  chown 65534:65534 run
  printf '%s\n' 'control = /run/preforkd/control' 'stop_timeout = 8s' 'workers = 2' 'requests_per_connection = unlimited' \
    '[pool net]' 'mode = inet' 'address = 127.0.0.1' 'port = 0' '[pool file]' 'mode = unix' 'path = /run/preforkd/s' \
    '[pool guest]' 'mode = unix' 'path = /run/preforkd/guest' 'requests_per_connection = 1' 'service = program' 'command = /guest/guest' \
    >etc/preforkd.conf
  bring etc /etc/preforkd
  bring guest /guest
  bring run /run/preforkd
}

# knock LINE: what the program answers to it.
knock() {
  timeout 20 nc -NU run/guest <<<"$1" 3>&-
}

only_workers_are_left() {
  [[ $(workers "$init" | wc -l) == 6 ]]
}

serves_outside() { # ENGINE
  from_outside "$1"
  begin
  endpoint=unix:run/s
  port=$(sed -n 's/.*ready: pool net, .* on inet:127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log")
  assert_equal "$("$BUILD/preforkcall" "inet:127.0.0.1:$port" A 3>&-)" B
  assert_equal "$(ask)" 'char from server = B'
  health
  # What a program leaves behind has process 1 as its parent.
  for _ in {1..50}; do
    assert_equal "$(knock o)" yes
  done
  wait_for 10 only_workers_are_left
  # A reload, of a file that an editor has replaced.
  hold old
  sed 's/^workers = 2/workers = 3/' etc/preforkd.conf >etc/new
  mv etc/new etc/preforkd.conf
  kill -HUP "$init"
  wait_for 10 log_has 'reloaded: generation 2'
  hold new
  # docker stop: what it asks for is graceful.
  kill -TERM "$container"
  wait_for 10 log_has 'stopping: waiting for 2 active connections'
  release old
  release new
  end 0
  log_has 'stopped: pool file, 3 connections and 5 requests served, 0 cut'
  assert_equal "$(ls run)" ''
  assert_equal "$(<box.out)" ''
}

@test "under systemd-nspawn connections survive a reload and a stop, orphans are reaped, and nothing is left" {
  serves_outside systemd-nspawn
}

@test "under runc connections survive a reload and a stop, orphans are reaped, and nothing is left" {
  serves_outside runc
}

# What a container that was killed has left in its directory keeps no other from its start.
is_killed_and_restarts() { # ENGINE STATUS: that of an engine whose process 1 is killed
  from_outside "$1"
  begin
  kill -KILL "$init"
  end "$2"
  begin
  endpoint=unix:run/s
  assert_equal "$(ask)" 'char from server = B'
  health
  kill -TERM "$container"
  end 0
  assert_equal "$(ls run)" ''
}

@test "under systemd-nspawn what a killed container leaves in its directory keeps no other one from its start" {
  is_killed_and_restarts systemd-nspawn 1
}

@test "under runc what a killed container leaves in its directory keeps no other one from its start" {
  is_killed_and_restarts runc 137
}

three_were_killed() {
  inside /preforkctl -c /etc/preforkd/preforkd.conf status --json | grep -q '"programs_signalled":3\>'
}

# The container has 48 MB. A program that wants more is killed; the master and the other pools serve on.
program_eats_memory() { # ENGINE
  from_outside "$1"
  if [[ $1 == runc ]]; then
    sed -i 's/"linux": {/&"resources": {"memory": {"limit": 50331648}},/' bundle/config.json
    begin
  else
    make_group eats || skip 'no memory cgroup can be made here'
    limit_group 50331648
    # shellcheck disable=SC2016 # the inner shell expands it
    begin sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$group"
  fi
  endpoint=unix:run/s
  for _ in 1 2 3; do
    assert_equal "$(knock e)" ''
  done
  wait_for 10 three_were_killed
  health
  assert_equal "$(ask)" 'char from server = B'
  assert_equal "$(knock x)" yes
  refute has_ended "$init"
  kill -TERM "$container"
  end 0
}

@test "a program that takes all memory of a container is killed alone, under systemd-nspawn" {
  program_eats_memory systemd-nspawn
}

@test "a program that takes all memory of a container is killed alone, under runc" {
  program_eats_memory runc
}
