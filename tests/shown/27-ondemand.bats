#!/usr/bin/env bats
# 500 pools of 0..8: what they cost while no client comes, and how long the first client of each waits, beside
# PHP-FPM's ondemand where it is installed.

load ../helpers/common
load ../helpers/memory_group
load shown

teardown() {
  if [[ ${php-} ]]; then
    kill -TERM "$php" 2>/dev/null || true # its children end with it
    wait "$php" 2>/dev/null || true
  fi
  [[ ! ${group-} ]] || wait_for 10 rmdir "$group" 2>/dev/null || true
  leave_test
}

# begin_group: $runner starts the next server in a memory cgroup of its own.
begin_group() {
  make_group "ondemand$1" || skip 'no memory cgroup can be made here: it needs root and the memory controller'
  # shellcheck disable=SC2016 # the inner shell expands it
  runner=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group")
}

# weigh WHAT PID: print what 500 pools weigh in $group, and how many processes PID has beside itself; sets $mb.
weigh() {
  wait_for 5 is_settled
  mb=$(calculate "$bytes / 1e6")
  figure "500 pools, $1: $mb MB in a fresh memory cgroup, $(share "$2") MB of them of processes (PSS)," \
    "$(workers "$2" | grep -c .) processes beside the master"
}

# Print the memory of PID and its children in MB: what several share counts once.
share() { # PID
  local pid
  for pid in "$1" $(workers "$1"); do
    cat "/proc/$pid/smaps_rollup"
  done | awk '/^Pss:/ { sum += $2 } END { printf "%.1f", sum / 1e3 }'
}

# The processor time of PID and of its children that have ended, in hundredths of a second.
spent() { # PID
  awk '{ print $14 + $15 + $16 + $17 }' "/proc/$1/stat"
}

has_no_children() { # PID
  [[ ! $(workers "$1") ]]
}

# call_each WHAT PROTOCOL PID: one call to each of the 500 sockets, until the processes for them have ended; sets $ms,
# the processor time of one.
call_each() {
  local before
  before=$(spent "$3")
  python3 "$tree/tests/shown/first_calls.py" "$2" s{1..500} >took
  assert_equal "$(wc -l <took)" 500 'calls'
  wait_for 20 has_no_children "$3"
  ms=$(calculate "($(spent "$3") - $before) * 10 / 500")
  figure "the first call of each, $1: $ms ms of processor time; p50 $(percentile 50 <took) ms," \
    "p99 $(percentile 99 <took) ms"
}

# our_pools WORKERS: the master with 500 of them.
our_pools() {
  start_master < <(
    printf 'mode = unix\nspare_timeout = 1s\nworkers = %s\n' "$1"
    seq 500 | sed 's/.*/[pool p&]\npath = s&/'
  )
}

php_pools() {
  printf '[global]\nerror_log = %s\ndaemonize = no\n' "$PWD/php.log"
  seq 500 | sed "s,.*,[p&]\nuser = nobody\nlisten = $PWD/s&\npm = ondemand\npm.process_idle_timeout = 1s\npm.max_children = 8\nping.path = /ping,"
}

php_is_ready() {
  grep -qs 'ready to handle connections' php.log
}

@test "500 pools of 0..8 weigh no worker at rest, and the first client of each waits for a fork" {
  command -v python3 >/dev/null || skip 'no python3'
  local fpm ours
  ulimit -n 8192
  begin_group one
  our_pools 1
  weigh 'one worker each' "$master"
  stop_master
  wait_for 10 rmdir "$group"
  begin_group ours
  our_pools 0..8
  weigh '0..8' "$master"
  assert_equal "$(workers | grep -c .)" 0 'workers'
  call_each 0..8 increment "$master"
  ours=$ms
  stop_master
  wait_for 10 rmdir "$group"
  for fpm in $(compgen -c php-fpm | sort -ru) ''; do
    [[ ! $fpm ]] || break
  done
  if [[ ! $fpm ]]; then
    figure 'PHP-FPM is not installed: nothing beside it'
    return
  fi
  begin_group php
  php_pools >php.conf
  "${runner[@]}" "$fpm" -n -F -y php.conf 3>&- &
  php=$!
  wait_for 20 php_is_ready
  weigh "PHP-FPM's ondemand" "$php"
  call_each "PHP-FPM's ondemand" fastcgi "$php"
  at_most 'milliseconds of processor time of our first calls' "$ours" "$ms"
}
