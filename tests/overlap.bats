#!/usr/bin/env bats
# Addresses that overlap on one port: one replaces the other by a reload or an upgrade, and no client is lost.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/background_load

has_ipv6() {
  grep -qs ' lo$' /proc/net/if_inet6
}

# configure ADDRESS [LINE...]: the master's configuration from now on, on $port.
configure() {
  printf '%s\n' 'control = control' 'mode = inet' "address = $1" "port = $port" 'workers = 2' "${@:2}" >master.conf
}

# change WAY [STATUS]: reload or upgrade by preforkctl, or diff; $output is what it says.
change() {
  run timeout 20 "$BUILD/preforkctl" -s control "$1" 3>&-
  [[ $1 == diff ]] || assert_equal "$status" "${2-0}" "the exit status of $1, with '$output',"
  [[ $1 != upgrade || ${2-0} != 0 ]] || follow_upgrade
}

# Print which of an address of each kind the master answers. A listener that is being closed takes no more clients:
# their kernel would ask again after a second.
reached() {
  local address list=''
  for address in 127.0.0.1 127.0.0.2 '[::1]'; do
    ! "$BUILD/preforkcall" --timeout 300ms "inet:$address:$port" >/dev/null 2>&1 3>&- || list+="$address "
  done
  echo "${list% }"
}

reaches() { # ADDRESSES
  [[ $(reached) == "$1" ]]
}

# The addresses of reached() that an ADDRESS of the configuration has.
expected() {
  case $1 in
  127.0.0.1) echo 127.0.0.1 ;;
  0.0.0.0) echo '127.0.0.1 127.0.0.2' ;;
  ::1 | ::) echo '[::1]' ;;
  \*) echo '127.0.0.1 127.0.0.2 [::1]' ;;
  esac
}

# exchange WAY ADDRESS...: one address after the other, each served instead of the one before.
exchange() {
  local way=$1 address=$2
  shift 2
  port=0
  configure "$address"
  restart_master
  for address in "$@"; do
    configure "$address"
    run "$BUILD/preforkctl" -s control diff 3>&-
    assert_match "$output" "pool main: gets new workers, inet:.*:$port is opened"
    assert_match "$output" "pool main: moves, inet:.*:$port is drained"
    change "$way"
    wait_for 5 reaches "$(expected "$address")" || fail "$address reaches $(reached)"
  done
  stop_master
}

@test "addresses that overlap replace each other by a reload" {
  exchange reload 127.0.0.1 0.0.0.0 127.0.0.1
  ! has_ipv6 || exchange reload 127.0.0.1 '*' :: '*' ::1 '*' 0.0.0.0 '*' 127.0.0.1
  ! has_ipv6 || exchange reload ::1 :: ::1
}

@test "addresses that overlap replace each other by an upgrade" {
  exchange upgrade 127.0.0.1 0.0.0.0 127.0.0.1
  ! has_ipv6 || exchange upgrade :: '*' ::1 '*'
}

# Until a listener that is being closed is gone, the kernel drops what comes for its address.
answers_datagrams() {
  [[ $("$BUILD/preforkcall" --datagram --timeout 300ms "inet:127.0.0.1:$port" 2>&1 3>&-) == 'char from server = B' ]]
}

@test "datagrams: addresses that overlap replace each other" {
  for way in reload upgrade; do
    port=0
    configure 127.0.0.1 'type = datagram'
    restart_master
    for address in 0.0.0.0 127.0.0.1; do
      configure "$address" 'type = datagram'
      change "$way"
      wait_for 10 answers_datagrams
    done
    stop_master
    : >"$log"
  done
}

@test "no client is lost while one address replaces another that overlaps" {
  for way in reload upgrade; do
    port=0
    configure 127.0.0.1
    restart_master
    begin_load
    for address in 0.0.0.0 127.0.0.1; do
      configure "$address"
      change "$way"
    done
    end_load
    stop_master
  done
}

@test "an address that overlaps with a pool that stays is refused, with that pool's name, by diff as well" {
  start_master <<<$'control = control\nmode = inet\nworkers = 1\n[pool any]\nport = 0'
  printf '%s\n' '[pool wide]' 'address = 0.0.0.0' "port = $port" >>master.conf
  for way in diff reload upgrade; do
    change "$way" 1
    assert_match "$output" "master.conf:8:8: pool 'wide', port: inet:0.0.0.0:$port is in use: pool 'any' listens on inet:127.0.0.1:$port"
  done
  sed -i 's/^address = .*/address = 127.0.0.1/' master.conf
  for way in diff reload upgrade; do
    change "$way" 1
    assert_match "$output" "pool 'wide', port: inet:127.0.0.1:$port is the socket of pool 'any' as well, by its name"
  done
  assert_equal "$(ask)" 'char from server = B'
}

@test "a fixed port is bound before the kernel chooses one for another pool" {
  runner=(unshare -n sh -c 'echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range && exec "$@"' sh)
  "${runner[@]}" true 2>/dev/null || skip 'no network of its own'
  start_master <<<$'mode = inet\naddress = 0.0.0.0\nworkers = 1\n[pool any]\nport = 0\n[pool fixed]\nport = 40001'
  log_has 'ready: pool any, 1 workers on inet:0.0.0.0:40000(,|$)'
  log_has 'ready: pool fixed, 1 workers on inet:0.0.0.0:40001(,|$)'
}

@test "a type that changes at the same path or name is refused, with the reason" {
  for path in s "@$PWD/s"; do
    start_master <<<"$(printf '%s\n' 'control = control' 'mode = unix' 'workers = 1' "path = $path")"
    echo 'type = datagram' >>master.conf
    for way in diff reload upgrade; do
      change "$way" 1
      assert_match "$output" "pool 'main', path: unix:.* has another type in this master, pool 'main': a type changes by a restart"
    done
    assert_equal "$(ask)" 'char from server = B'
    stop_master
  done
}

@test "a pool that moves away and comes back shares its path's lock with the one that is still busy" {
  start_master <<<$'control = control\nmode = unix\nworkers = 1\npath = a\nrequests_per_connection = 9'
  hold busy
  sed -i 's/^path = a/path = b/' master.conf
  change reload
  sed -i 's/^path = b/path = a/' master.conf
  change diff
  assert_match "$output" "unix:$PWD/a is opened"
  change reload
  assert_equal "$("$BUILD/preforkcall" "unix:$PWD/a" 3>&-)" 'char from server = B'
  release busy
  assert_equal "$("$BUILD/preforkcall" "unix:$PWD/a" 3>&-)" 'char from server = B'
  refuse_master 69 <<<$'mode = unix\npath = a'
}
