#!/usr/bin/env bats
# Connections that are refused for their PROXY header: wrong, late, or from elsewhere than proxy_from.

# shellcheck disable=SC2154,SC2034 # helpers set them

load helpers/common
load helpers/program
load helpers/proxy

@test "a header that is malformed, cut short or too long ends its connection alone, is counted and logged" {
  local long many=0
  printf -v long '%0108d' 0
  for mode in unix inet; do
    serve_proxies $mode service=echo
    many=0
    while read -r wrong; do
      assert_equal "$(converse "$wrong" 2>/dev/null)" '' "$wrong"
      many=$((many + 1))
    done <<END
GET / HTTP/1.1\\r\\n\\r\\n
A
PROXY
PROXY TCP4 192.0.2.7 198.51.100.8 40000 443\\n
PROXY TCP4 192.0.2.7 198.51.100.8 40000 443
PROXY TCP4 192.0.2.777 198.51.100.8 40000 443\\r\\npayload
PROXY UNKNOWN $long\\r\\npayload
PROXY TCP4 $long$long
$signature
$signature\\x21\\x11\\0\\x0b$addresses
$signature\\x21\\x11\\0\\x20$addresses
$signature\\x11\\x11\\0\\x0c${addresses}payload
$signature\\x23\\x11\\0\\x0c${addresses}payload
$signature\\x21\\x41\\0\\x0c${addresses}payload
END
    wait_for 5 figure_is proxy_refused $many
    assert_equal "$many" 14
    assert_equal "$(figure accepted)" 0
    log_has 'pool main: connection refused: the PROXY header from .* is malformed'
    (($(grep -c 'connection refused' "$log") < many)) || fail "each of them is logged"
    refute log_has ' connection: pool main'
    assert_equal "$(converse "${binary}well")" well
    wait_for 5 figure_is accepted 1
    assert_equal "$(figure crashes)" 0
    "$BUILD/preforkctl" -s control why 3>&- | grep -F "$many connections were refused for the PROXY header"
    "$BUILD/preforkctl" -s control metrics 3>&- | grep -x "preforkd_proxy_headers_refused_total{master=\"master\",pool=\"main\"} $many"
    stop_master
    log_has 'stopped: pool main, 1 connections and 1 requests served, 0 cut'
    : >"$log"
  done
}

@test "a header from elsewhere than proxy_from is not trusted: the connection ends, counted and logged" {
  serve_proxies inet service=echo proxy_from='10.0.0.0/8 ::1'
  assert_equal "$(converse "${binary}one" 2>/dev/null)" ''
  wait_for 5 figure_is proxy_refused 1
  log_has 'the PROXY header from 127\.0\.0\.1:[0-9]+ is not trusted: that address is not in proxy_from'
  stop_master
  serve_proxies inet service=echo address='*' proxy_from='10.0.0.0/8 127.0.0.0/8'
  assert_equal "$(converse "${binary}one")" one # as ::ffff:127.0.0.1, where there is IPv6
  stop_master
  : >"$log"
  serve_proxies unix service=echo proxy_from="user:12345 group:12345"
  assert_equal "$(converse "${binary}one" 2>/dev/null)" ''
  wait_for 5 figure_is proxy_refused 1
  log_has "is not trusted: user $EUID, group $(id -g) is not in proxy_from"
  stop_master
  for trusted in "user:$(id -un)" "group:$(id -gn)" "user:12345 user:$EUID"; do
    serve_proxies unix service=echo proxy_from="$trusted"
    assert_equal "$(converse "${binary}one")" one "with proxy_from = $trusted"
    stop_master
  done
}

@test "refused headers keep no other failure of the pool from the log" {
  printf '#!/bin/sh\n' >program
  chmod +x program
  run_program inet "$PWD/program" proxy_protocol=required proxy_from=127.0.0.2
  rm program
  assert_equal "$(converse "$binary" 2>/dev/null)" '' # from 127.0.0.1
  printf %b "$binary" | timeout 10 nc -N -s 127.0.0.2 127.0.0.1 "$port" 3>&-
  wait_for 5 figure_is programs_unstarted 1
  log_has 'connection refused: the PROXY header from 127\.0\.0\.1:'
  log_has 'cannot start .*/program: cannot execute it: '
}

@test "a header that does not come in time ends its connection; until then no deadline of the client has begun" {
  start_master <<<'proxy_protocol = required
proxy_from = all
control = control
workers = 3
requests_per_connection = 2
idle_timeout = 800ms
max_connection_time = 800ms
defer_accept = no
[pool a]
mode = unix
path = s
[pool b]
mode = inet
port = 0'
  for pool in a b; do
    use_master master $pool
    begin_call silent$pool connect count
    begin_call half$pool connect send:'PROXY TCP4 192' count
    begin_call late$pool connect say:in wait send:$'PROXY TCP4 192.0.2.7 198.51.100.8 40000 443\r\nA' expect:B count
    heard late$pool in
  done
  let_pass 1
  for pool in a b; do
    let_go late$pool
    end_call late$pool # served, and cut 0.8 s later
    log_has "pool $pool, slot [0-9]\\): (idle_timeout|max_connection_time) is over, connection cut: 192\\.0\\.2\\.7:40000 for (0\\.[89]|[1-9])"
  done
  for pool in a b; do
    end_call silent$pool
    end_call half$pool
    log_has "pool $pool: connection refused: the PROXY header from .* did not come in time"
  done
  run "$BUILD/preforkctl" -s control status --json 3>&-
  assert_equal "$(grep -o '"proxy_refused":[0-9]*' <<<"$output" | sort | uniq -c | tr -s ' ')" ' 2 "proxy_refused":2'
  assert_equal "$(grep -o '"accepted":[0-9]*' <<<"$output" | sort | uniq -c | tr -s ' ')" ' 2 "accepted":1'
}

@test "what is wrong with proxy_protocol and proxy_from has its place and a suggestion" {
  each_is_refused <<'END'
mode = unix\npath = s\nproxy_protocol = yes|3:18: proxy_protocol 'yes' is not no or required; did you mean 'required'?
mode = unix\npath = s\nproxy_protocol = required|1:1: pool 'main' needs 'proxy_from' where proxy_protocol is 'required': who may send the header
mode = unix\npath = s\nproxy_protocol = required\nproxy_from = none|1:1: pool 'main' needs 'proxy_from' where proxy_protocol is 'required': who may send the header
mode = unix\npath = s\nproxy_from = 10.0.0.1/8|3:14: proxy_from '10.0.0.1/8' has bits behind its prefix; did you mean '10.0.0.0/8'?
mode = unix\npath = s\nproxy_from = all 2001:db8::1/32|3:14: proxy_from '2001:db8::1/32' has bits behind its prefix; did you mean '2001:db8::/32'?
mode = unix\npath = s\nproxy_from = 10.0.0.0/8, any|3:14: proxy_from 'any' is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all; did you mean 'all'?
mode = unix\npath = s\nproxy_from = localhost|3:14: proxy_from 'localhost' is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all; did you mean '127.0.0.1'?
mode = unix\npath = s\nproxy_protocol = required\nproxy_from = 10.0.0.0/8|4:14: proxy_from '10.0.0.0/8' has nothing that can connect to pool 'main': in unix mode that is user:NAME, group:NAME or all
mode = inet\nport = 1\nproxy_protocol = required\nproxy_from = user:root|4:14: proxy_from 'user:root' has nothing that can connect to pool 'main': in inet mode that is an address, a network or all
mode = unix\npath = s\nproxy_protocol = required\nproxy_from = user:no-such-user|4:14: proxy_from 'user:no-such-user': no such user
mode = inet\nport = 1\ntype = datagram\nproxy_protocol = required\nproxy_from = all|4:18: proxy_protocol is for streams, and pool 'main' has datagrams
mode = unix\npath = s\nsend_proxy = yes|3:1: unknown key 'send_proxy'; 'proxy_protocol = required' does that, with 'proxy_from'
mode = unix\npath = s\nset_real_ip_from = all|3:1: unknown key 'set_real_ip_from'; 'proxy_from' does that
END
  printf '%s\n' 'proxy_protocol = required' 'proxy_from = ::1 user:root' '[pool a]' 'mode = unix' 'path = s' \
    '[pool b]' 'mode = inet' 'port = 1' >both.conf
  "$BUILD/preforkd" -T -c both.conf 3>&- | grep '^proxy_from' | sort -u >got
  diff got - <<<'proxy_from = ::1 user:0  # both.conf:2'
  # In several pools it may be the default, and is said to do nothing where it does not.
  printf '%s\n' 'mode = unix' 'path = s' 'proxy_from = all' >idle.conf
  run "$BUILD/preforkd" -t -c idle.conf 3>&-
  assert_equal "$status" 0
  assert_match "$output" "idle.conf:3:14: warning: pool main: no header is read, as proxy_protocol is not 'required'"
  # Where another pool needs it, it does something.
  printf '%s\n' 'proxy_from = all' '[pool a]' 'mode = unix' 'path = s' 'proxy_protocol = required' \
    '[pool b]' 'mode = unix' 'path = t' >idle.conf
  run "$BUILD/preforkd" -t -c idle.conf 3>&-
  assert_equal "$output" 'idle.conf: configuration ok'
  printf '%s\n' 'proxy_from = all' >>idle.conf # its own, which nothing reads
  run "$BUILD/preforkd" -t -c idle.conf 3>&-
  assert_match "$output" "idle.conf:9:14: warning: pool b: no header is read"
}
