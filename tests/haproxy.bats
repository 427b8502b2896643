#!/usr/bin/env bats
# Three masters behind a real HAProxy: conf/examples/haproxy, and what conf/examples/kubernetes says.

# shellcheck disable=SC2154 # helpers set them

load helpers/common
load helpers/haproxy

examples=$BATS_TEST_DIRNAME/../conf/examples

@test "HAProxy shares the clients out among three masters, which know them; its checks are no connections" {
  start_cluster "$examples/haproxy"
  for _ in {1..12}; do
    assert_equal "$(ask)" 'char from server = B'
  done
  for name in one two three; do
    wait_for 5 count_is_over $name health_checks 2
    count_is_over $name accepted 0
    assert_equal "$(count $name proxy_refused)" 0
  done
  wait_for 5 all_served 12
  # A client that comes by itself has no header.
  refute "$BUILD/preforkcall" "inet:127.0.0.1:$port" 3>&- 2>/dev/null
  wait_for 5 count_is_over three proxy_refused 0
}

all_served() { # N
  (($(count one accepted) + $(count two accepted) + $(count three accepted) == $1))
}

@test "behind HAProxy a program and the log know the client" {
  cp -r "$examples/haproxy" .
  printf '%s\n' 'service = program' "command = sh -c 'read -r x; echo \$x \$TCPREMOTEIP \$TCPLOCALPORT'" >>haproxy/haproxy.conf
  start_cluster "$PWD/haproxy"
  for _ in 1 2 3; do
    assert_equal "$(echo hello | timeout 10 nc -N -s 127.0.0.5 127.0.0.1 "${endpoint##*:}" 3>&-)" "hello 127.0.0.5 ${endpoint##*:}"
  done
  wait_for 5 grep -qE ' connection: pool haproxy, slot [0-9]+, 127\.0\.0\.5:[0-9]+, 6 bytes in, .* answered$' {one,two,three}.log
}

@test "HAProxy reaches a pool on a unix socket, by version 1 and by version 2, as the user that proxy_from names" {
  local version
  command -v haproxy >/dev/null || skip 'NO HAPROXY HERE: nothing is tried with it (make deps installs it)'
  serve unix proxy_protocol=required proxy_from="user:$(id -un)" log_connections=yes control=master.control
  for version in send-proxy send-proxy-v2; do
    start_haproxy <<END
defaults
  mode tcp
  timeout connect 1s
  timeout client 10s
  timeout server 10s
listen bytes
  bind 127.0.0.1:PORT
  server one unix@$socket $version
END
    assert_equal "$(echo A | timeout 10 nc -N -s 127.0.0.5 127.0.0.1 "${endpoint##*:}" 3>&-)" B
    wait_for 5 log_has ' connection: pool main, slot [01], 127\.0\.0\.5:[0-9]+, 2 bytes in, 1 out, .* answered$'
    stop_haproxy
    : >"$log"
  done
  assert_equal "$(count master proxy_refused)" 0
}

@test "the manifest for Kubernetes is YAML, and gives a pod the time that its stop takes" {
  local file=$examples/kubernetes/kubernetes.yaml stop sleep grace
  stop=$(sed -n 's/^stop_timeout = \([0-9]*\)s.*/\1/p' "$examples/kubernetes/kubernetes.conf")
  sleep=$(sed -n 's/^ *sleep: {seconds: \([0-9]*\)}$/\1/p' "$file")
  grace=$(sed -n 's/^ *terminationGracePeriodSeconds: \([0-9]*\)$/\1/p' "$file")
  assert_equal "$sleep" 5
  assert_equal "$grace" $((sleep + stop + 5))
  assert_equal "$(grep -c 'command: \[/preforkctl, -c, /etc/preforkd/preforkd.conf, ping\]' "$file")" 2
  grep -q "containerPort: $(sed -n 's/^port = //p' "$examples/kubernetes/kubernetes.conf")}" "$file"
  python3 -c 'import yaml' 2>/dev/null || skip 'NO YAML IN PYTHON HERE: the manifest is not parsed'
  python3 -c 'import sys, yaml; print(*(part["kind"] for part in yaml.safe_load_all(open(sys.argv[1]))))' "$file" >kinds
  assert_equal "$(<kinds)" 'Deployment Service'
}
