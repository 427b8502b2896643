#!/usr/bin/env bats
# Line 1: the article's own programs, all but client2: see 11-client2.bats.

load ../helpers/common
load shown
load article

setup() {
  enter_article
}

@test "preforkcall gets its reply from the article's server1, 100 times" {
  server1
  start_server server1 unix:server_socket
  for ((i = 0; i < 100; i++)); do
    assert_equal "$(ask)" 'char from server = B'
  done
  end_server
  figure "line 1: preforkcall got B from server1, 100 times"
}

@test "preforkcall gets its reply from the article's server2, 100 times" {
  server2
  wait_for 70 port_is_free 1574
  start_server server2 inet:127.0.0.1:1574
  for ((i = 0; i < 100; i++)); do
    assert_equal "$(ask)" 'char from server = B'
  done
  end_server
  figure "line 1: preforkcall got B from server2, 100 times"
}

@test "the article's client1 gets its reply from preforkd, 100 times" {
  client1
  start_master <"$tree/conf/unix.conf"
  for ((i = 0; i < 100; i++)); do
    assert_equal "$(timeout 10 ./client1 3>&-)" 'char from server = B'
  done
  figure "line 1: client1 got B from preforkd with conf/unix.conf, 100 times"
}
