#!/usr/bin/env bats
# Sockets that a service manager hands in: one socket, one pool, and a clash is an error.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/port

# Set $a and $b to ports without a listener.
setup() {
  enter_test
  a=$(free_port)
  b=$(free_port)
}

has_ipv6() {
  grep -qs ' lo$' /proc/net/if_inet6
}

# hand_in NAME=ADDRESS,PORT...: start the next master with these sockets.
hand_in() {
  runner=("$bin/hand_in" "$@" --)
}

# configure LINE...
configure() {
  printf '%s\n' 'control = control' 'mode = inet' 'workers = 1' "$@" >master.conf
}

# refused STATUS REGEX: master.conf with the sockets that were handed in is no start.
refused() {
  run timeout 20 "${runner[@]}" "$BUILD/preforkd" -c master.conf 3>&-
  assert_equal "$status" "$1" "the exit status, with '$output',"
  assert_match "$output" "$2"
}

# change WAY [STATUS]: reload or upgrade by preforkctl, or diff; $output is what it says.
change() {
  run timeout 20 "$BUILD/preforkctl" -s control "$1" 3>&-
  [[ $1 == diff ]] || assert_equal "$status" "${2-0}" "the exit status of $1, with '$output',"
  [[ $1 != upgrade || ${2-0} != 0 ]] || follow_upgrade
}

answers() { # PORT TEXT
  assert_equal "$("$BUILD/preforkcall" "inet:127.0.0.1:$1" A 3>&-)" "$2" "the answer at port $1"
}

@test "a socket that one pool would take by its name and another by its address is an error, which says whose it is" {
  hand_in "web=127.0.0.1,$a"
  configure '[pool web]' 'port = 0' '[pool other]' "port = $a"
  refused 78 "master.conf:7:8: pool 'other', port: inet:127.0.0.1:$a is the socket of pool 'web' as well, by its name: the service manager hands it in once"
  configure '[pool other]' "port = $a" '[pool web]' 'port = 0'
  refused 78 "master.conf:7:8: pool 'web', port: inet:127.0.0.1:$a is the socket of pool 'other' as well, by its address"
  # Nor does a reload or an upgrade bring that about.
  configure '[pool web]' 'port = 0'
  restart_master
  answers "$a" B
  echo $'[pool other]\nport = '"$a" >>master.conf
  for way in diff reload upgrade; do
    change $way 1
    assert_match "$output" "pool 'other', port: inet:127.0.0.1:$a is the socket of pool 'web' as well"
  done
}

@test "each pool has the socket of its address, else of its name, also after a reload and an upgrade" {
  hand_in "one=127.0.0.1,$a" "two=127.0.0.1,$b"
  configure '[pool one]' "port = $b" 'service = echo' '[pool two]' "port = $a"
  restart_master
  answers "$a" B
  answers "$b" A
  for way in reload upgrade; do
    change $way
    answers "$a" B
    answers "$b" A
  done
}

@test "a pool whose port changes goes on with a socket that was handed in by its name, and leaves one of another name" {
  hand_in "web=127.0.0.1,$a"
  configure '[pool web]' "port = $a"
  restart_master
  configure '[pool web]' "port = $b"
  change reload
  answers "$a" B
  change upgrade
  answers "$a" B
  stop_master
  hand_in "other=127.0.0.1,$a"
  configure '[pool web]' "port = $a"
  restart_master
  for way in reload upgrade; do
    b=$(free_port)
    configure '[pool web]' "port = $b"
    change $way
    answers "$b" B
  done
}

@test "an address that a handed-in socket covers is in use, and the message names that socket" {
  hand_in "wide=0.0.0.0,$a"
  for address in 127.0.0.1 '*'; do
    configure '[pool main]' "address = $address" "port = $a"
    refused 69 "pool 'main', port: inet:.*:$a is in use: the service manager has handed in inet:0.0.0.0:$a, as 'wide', and keeps it open"
  done
}

@test "a socket of one family for * or of both for :: is taken, with a warning" {
  has_ipv6 || skip 'no IPv6 here'
  hand_in "any=::,$a"
  configure '[pool main]' 'address = *' "port = $a"
  restart_master
  log_has "pool main: the socket that was handed in accepts IPv6 clients alone, and address is \*"
  assert_equal "$("$BUILD/preforkcall" "inet:[::1]:$a" 3>&-)" 'char from server = B'
  stop_master
  hand_in "any=*,$a"
  configure '[pool main]' 'address = ::' "port = $a"
  restart_master
  log_has "pool main: the socket that was handed in accepts IPv4 clients as well, and address is ::"
  answers "$a" B
}

@test "diff during a stop, which has left the sockets that were handed in, is refused, and the stop goes on" {
  hand_in "h=127.0.0.1,$a"
  printf '%s\n' 'control = control' 'workers = 1' 'requests_per_connection = 9' '[pool b]' 'mode = unix' 'path = s' >master.conf
  cp master.conf without.conf
  printf '%s\n' '[pool h]' 'mode = inet' "port = $a" >>master.conf
  restart_master
  use_master master b
  hold busy
  kill "$master"
  wait_for 5 log_has stopping
  cp without.conf master.conf
  change diff
  assert_equal "$status" 1
  assert_match "$output" 'the master is stopping'
  release busy
  await_master master 0
}
