#!/usr/bin/env bats
# Line 1, the rest: the article's client2. It leaves out htons, and so it dials port 1574, which the
# article's server2 held in 01-article.bats: what that leaves there lasts a minute, so this comes last.

load ../helpers/common
load shown
load article

setup() {
  enter_article
}

@test "the article's client2 gets its reply from preforkd at port 1574, 100 times" {
  client2
  wait_for 70 port_is_free 1574
  start_master -o port=1574 <"$tree/conf/inet.conf"
  for ((i = 0; i < 100; i++)); do
    assert_equal "$(timeout 10 ./client2 3>&-)" 'char from server = B'
  done
  figure "line 1: client2 got B from preforkd with conf/inet.conf and port 1574, 100 times"
}
