#!/usr/bin/env bats
# Who may call: the keys allow and deny, on each kind of socket.

# shellcheck disable=SC2154,SC2034 # helpers set them

load helpers/common
load helpers/program
load helpers/proxy
load helpers/port
load helpers/trace

# Print what the client at ADDRESS is answered over inet.
call_from() { # ADDRESS
  printf A | timeout 10 nc -N -s "$1" 127.0.0.1 "$port" 2>/dev/null 3>&- || true
}

# Print what is answered over the unix socket to a client that setpriv starts with OPTION...
call_as() { # OPTION...
  printf A | setpriv "$@" timeout 10 nc -NU s 2>/dev/null 3>&- || true
}

# Skip the test where no process can be another user's.
need_others() {
  ((EUID == 0)) || skip 'only root can be another user'
  command -v setpriv >/dev/null || skip 'no setpriv'
  chmod 711 . .. 2>/dev/null || true
}

@test "the longest prefix decides which addresses are served; the others are counted, logged and no connection" {
  serve inet control=control log_connections=yes allow='127.0.0.0/8 127.0.1.4' deny='127.0.1.0/24 127.0.2.2'
  assert_equal "$(call_from 127.0.0.1)" B
  assert_equal "$(call_from 127.0.1.4)" B
  assert_equal "$(figure access_refused)" 0
  assert_equal "$(call_from 127.0.1.5)" ''
  assert_equal "$(call_from 127.0.2.2)" ''
  wait_for 5 figure_is access_refused 2
  assert_equal "$(figure accepted)" 2
  assert_equal "$(figure requests)" 2
  wait_for 5 log_has "pool main: connection refused: 127\.0\.1\.5:[0-9]+ is denied by 'deny = 127\.0\.1\.0/24'"
  refute log_has 'worker.*127\.0\.1\.5'
  "$BUILD/preforkctl" -s control why 3>&- | grep -F '2 clients were refused by allow and deny since the master started'
  "$BUILD/preforkctl" -s control metrics 3>&- | grep -x 'preforkd_access_refused_total{master="master",pool="main"} 2'
  stop_master
  wait_for 5 log_has 'stopped: pool main, 2 connections and 2 requests served, 0 cut'
  : >"$log"
  serve inet control=control allow=10.0.0.0/8
  assert_equal "$(call_from 127.0.0.1)" ''
  wait_for 5 figure_is access_refused 1
  wait_for 5 log_has 'pool main: connection refused: 127\.0\.0\.1:[0-9]+ is not in allow'
}

@test "on a socket for all addresses a client of IPv4 has its address of IPv4" {
  serve inet control=control address='*' deny='::/0 127.0.0.2'
  assert_equal "$(call_from 127.0.0.1)" B
  assert_equal "$(call_from 127.0.0.2)" ''
  wait_for 5 figure_is access_refused 1
  wait_for 5 log_has "connection refused: (127\.0\.0\.2|\[::ffff:127\.0\.0\.2\]):[0-9]+ is denied by 'deny = 127\.0\.0\.2'"
  if [[ -s /proc/net/if_inet6 ]] && printf A | timeout 10 nc -N ::1 "$port" >six 2>nc.err 3>&-; then
    assert_equal "$(<six)" ''
    wait_for 5 figure_is access_refused 2
  fi
}

@test "on a unix socket the user decides, then a group, then all; root is a user like any other" {
  local rules answer count=0
  local -a answers
  while IFS='|' read -r rules answer; do
    printf '[pool p%d]\nmode = unix\npath = p%d\nworkers = 1\n' $count $count
    printf '%s\n' "${rules//;/$'\n'}"
    answers+=("$answer")
    count=$((count + 1))
  done >rules.conf <<END
allow = user:$(id -un)|B
allow = user:$EUID|B
allow = group:$(id -gn)|B
deny = user:$(id -un)|
deny = group:$(id -g)|
allow = user:77|
allow = group:77|
deny = user:77|B
deny = all|
allow = user:$EUID;deny = group:$(id -g)|B
allow = group:$(id -g);deny = user:$EUID|
allow = user:$EUID;deny = user:$EUID|
allow = group:$(id -g);deny = all|B
END
  assert_equal $count 13
  start_master -o control=control <rules.conf
  for ((count = 0; count < 13; count++)); do
    use_master master p$count
    assert_equal "$(converse A 2>/dev/null)" "${answers[count]}" "the answer of pool p$count"
  done
  wait_for 5 all_are_counted
  wait_for 5 log_has "pool p11: connection refused: a unix client \(user $EUID, group $(id -g)\) is denied by 'deny = user:$EUID'"
  wait_for 5 log_has "pool p5: connection refused: a unix client \(user $EUID, group $(id -g)\) is not in allow"
  wait_for 5 log_has "pool p8: connection refused: a unix client is denied by 'deny = all'"
}

# Each pool has refused the client that it did not answer: p0, p1 ... in the order of the file.
all_are_counted() {
  assert_equal "$(figure access_refused | paste -sd '')" 0001111010110
}

@test "a supplementary group counts as the primary one does, and one that is denied is enough" {
  need_others
  serve unix control=control allow='group:64901 group:64902' deny='group:64903 user:64904'
  chmod 711 .
  [[ $(call_as --reuid=64900 --regid=64901 --clear-groups) == B ]] || skip 'the directory of the tests is closed to others'
  assert_equal "$(call_as --reuid=64900 --regid=64900 --groups=64905,64902)" B
  assert_equal "$(figure access_refused)" 0
  assert_equal "$(call_as --reuid=64900 --regid=64900 --groups=64905)" ''
  wait_for 5 figure_is access_refused 1
  wait_for 5 log_has 'a unix client \(user 64900, group 64900\) is not in allow'
  assert_equal "$(call_as --reuid=64900 --regid=64901 --groups=64902,64903)" ''
  assert_equal "$(call_as --reuid=64904 --regid=64901 --clear-groups)" ''
  assert_equal "$(converse A 2>/dev/null)" '' # root
  wait_for 5 figure_is access_refused 4
}

@test "behind a proxy the address in the header counts, and the socket's own where it has none" {
  for mode in unix inet; do
    serve_proxies $mode service=echo allow='192.0.2.0/24 2001:db8::7'
    assert_equal "$(converse "${line}one")" one
    assert_equal "$(converse "${line6}two")" two
    assert_equal "$(converse "${binary}three")" three
    assert_equal "$(converse "${line/192.0.2.7/192.0.3.7}four" 2>/dev/null)" ''
    wait_for 5 figure_is access_refused 1
    wait_for 5 log_has 'connection refused: 192\.0\.3\.7:40000 is not in allow'
    assert_equal "$(converse "${local}five" 2>/dev/null)" '' # the proxy's own connection
    wait_for 5 figure_is access_refused 2
    assert_equal "$(figure accepted)" 3
    assert_equal "$(figure proxy_refused)" 0
    stop_master
    : >"$log"
  done
  serve_proxies inet service=echo allow='192.0.2.0/24 127.0.0.1'
  assert_equal "$(converse "${local}six")" six
}

@test "a datagram from elsewhere is dropped, counted, and in no other figure" {
  serve inet type=datagram control=control deny=127.0.0.2
  "$bin/client" "udp:$port" from:127.0.0.2:0 connect send:A 3>&-
  wait_for 5 figure_is access_refused 1
  "$bin/client" "udp:$port" connect send:A expect:B 3>&-
  assert_equal "$(figure accepted) $(figure requests) $(figure dropped)" '1 1 0'
  wait_for 5 log_has "pool main: datagram refused: 127\.0\.0\.2:[0-9]+ is denied by 'deny = 127\.0\.0\.2'"
}

# told_of N: the lines tell of so many refusals.
told_of() {
  told=$(grep -c 'connection refused' "$log")
  left_out=$(grep -o '[0-9]* more since the last such line' "$log" | awk '{ n += $1 } END { print n + 0 }')
  ((told + left_out == $1))
}

@test "refusals are logged at most once a second, with the number of those left out" {
  local began=$SECONDS told left_out took
  serve inet control=control deny=127.0.0.2
  for _ in 1 2 3 4 5; do
    call_from 127.0.0.2
  done
  took=$((SECONDS - began))
  let_pass 1.1
  call_from 127.0.0.2
  wait_for 5 told_of 6
  wait_for 5 figure_is access_refused 6
  ((told <= took + 3)) || fail "$told lines, and the calls took $took s"
  ((left_out > 0 || took >= 4)) || fail "each of them is logged"
}

@test "a rule costs no system call on inet, one for users on unix and two for groups; a refusal one more, close" {
  local mode rule answer calls
  while IFS='|' read -r mode rule answer calls; do
    serve "$mode" workers=1 "$rule"
    trace "$(worker)"
    assert_equal "$(converse A 2>/dev/null)" "$answer" "$mode $rule"
    wait_for 5 traced_close
    end_trace
    # Between accept4 and close, both included; a write wakes the master.
    assert_equal "$(sed -nE '/^accept4.* = [0-9]+$/,/^close/s/^([a-z0-9]+)\(.*/\1/p' trace.out | grep -vx write | paste -sd ' ')" \
      "$calls" "$mode $rule"
    stop_master
  done <<END
inet|allow=127.0.0.0/8|B|accept4 read sendto shutdown close
inet|deny=127.0.0.0/8||accept4 close
unix|allow=user:$EUID|B|accept4 getsockopt read sendto close
unix|allow=group:$(id -g)|B|accept4 getsockopt getsockopt read sendto close
unix|deny=user:$EUID||accept4 getsockopt close
unix|deny=group:$(id -g)||accept4 getsockopt getsockopt close
unix|deny=all||accept4 close
END
}

traced_close() {
  grep -q '^close' trace.out
}

@test "what is wrong with allow and deny has its place and a suggestion" {
  each_is_refused <<'END'
mode = unix\npath = s\nallow = user:no-such-user|3:9: allow 'user:no-such-user': no such user
mode = unix\npath = s\ndeny = group:no-such-group|3:8: deny 'group:no-such-group': no such group
mode = unix\npath = s\nallow =|3:1: 'allow' has no value
mode = unix\npath = s\nallow = ""|3:9: allow '' is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all
mode = unix\npath = s\nallow = none|3:9: allow 'none' is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all
mode = inet\nport = 1\nallow = 0.0.0.0/33|3:9: allow '0.0.0.0/33' has a prefix that is not 0 to 32
mode = inet\nport = 1\nallow = 0.0.0.1/0|3:9: allow '0.0.0.1/0' has bits behind its prefix; did you mean '0.0.0.0/0'?
mode = inet\nport = 1\ndeny = ::1/0|3:8: deny '::1/0' has bits behind its prefix; did you mean '::/0'?
mode = inet\nport = 1\nallow = user:root|3:9: allow 'user:root' has nothing that can connect to pool 'main': in inet mode that is an address, a network or all
mode = inet\nport = 1\ndeny = group:root|3:8: deny 'group:root' has nothing that can connect to pool 'main': in inet mode that is an address, a network or all
mode = unix\npath = s\nallow = 10.0.0.0/8|3:9: allow '10.0.0.0/8' has nothing that can connect to pool 'main': in unix mode that is user:NAME, group:NAME or all
mode = unix\npath = s\nproxy_protocol = required\nproxy_from = all\nallow = user:root|5:9: allow 'user:root' has nothing that can connect to pool 'main': behind a proxy that is an address, a network or all
mode = unix\npath = s\ntype = datagram\ndeny = user:root|4:8: deny does not apply to pool 'main': a datagram on a unix socket does not say whose it is; socket_permissions decides who may send
mode = unix\npath = s\nservice = program\ncommand = cat\nstart = resident\nallow = user:root|6:9: allow does not apply with start = resident: the program accepts its connections by itself, where preforkd does not see them
mode = inet\nport = 1\nservice = program\ncommand = cat\nstart = resident\ndeny = 10.0.0.0/8|6:8: deny does not apply with start = resident: the program accepts its connections by itself, where preforkd does not see them
mode = inet\nport = 1\nonly_from = 10.0.0.0/8|3:1: unknown key 'only_from'; 'allow' does that, and 'deny': addresses and networks, or user:NAME and group:NAME
END
}

@test "lists may overlap, hold for pools of both modes, and be cancelled" {
  printf '%s\n' 'allow = 10.0.0.0/8 10.0.0.0/8 10.1.0.0/16 user:root' 'deny = 10.1.0.0/16 group:root' \
    '[pool a]' 'mode = unix' 'path = s' '[pool b]' 'mode = inet' 'port = 1' \
    '[pool c]' 'mode = inet' 'port = 2' 'service = program' 'command = cat' 'start = resident' 'allow = all' 'deny = none' \
    '[pool d]' 'mode = unix' 'path = d' 'type = datagram' 'allow = all' 'deny = none' >both.conf
  "$BUILD/preforkd" -T -c both.conf 3>&- | grep -E '^(allow|deny)' | uniq -c | tr -s ' ' >got
  diff got - <<'END'
 1 allow = 10.0.0.0/8 10.0.0.0/8 10.1.0.0/16 user:0 # both.conf:1
 1 deny = 10.1.0.0/16 group:0 # both.conf:2
 1 allow = 10.0.0.0/8 10.0.0.0/8 10.1.0.0/16 user:0 # both.conf:1
 1 deny = 10.1.0.0/16 group:0 # both.conf:2
 1 allow = all # both.conf:21
 1 deny = none # both.conf:22
END
}

@test "10,000 networks are read, and decide, before and after a reload" {
  {
    printf 'mode = inet\nport = 0\nworkers = 2\ncontrol = control\nallow = 127.0.0.3 127.0.0.1\ndeny ='
    awk 'BEGIN { for (i = 0; i < 10000; i++) printf " 127.%d.%d.0/24", 1 + i / 250, i % 250 }'
    echo ' 127.0.0.3'
  } >many
  start_master <many
  assert_equal "$(call_from 127.0.0.1)" B
  assert_equal "$(call_from 127.0.0.3)" ''
  assert_equal "$(call_from 127.40.249.7)" ''
  wait_for 5 figure_is access_refused 2
  wait_for 5 log_has "is denied by 'deny = 127\.(0\.0\.3|40\.249\.0/24)'"
  sed -i 's/ 127\.0\.0\.3$//' master.conf
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 answers_third
  assert_equal "$(call_from 127.40.249.7)" ''
}

answers_third() {
  [[ $(call_from 127.0.0.3) == B ]]
}
