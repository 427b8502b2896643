# shellcheck shell=bash
# haproxy: three masters behind a real HAProxy, as conf/examples/haproxy has them, on other ports.
# shellcheck disable=SC2154,SC2034 # common.bash sets them, and the tests use them

# shellcheck source=tests/helpers/port.bash
source "${BASH_SOURCE[0]%/*}/port.bash"

teardown() {
  stop_haproxy
  leave_test
}

# start_haproxy: with the configuration on standard input, in which PORT is one that is free. $endpoint is there, its
# process is $haproxy.
start_haproxy() {
  local port
  port=$(free_port)
  sed "s/PORT/$port/" >haproxy.cfg
  "$bin/launch" haproxy -db -f haproxy.cfg </dev/null >haproxy.out 2>&1 3>&- &
  haproxy=$! endpoint=inet:127.0.0.1:$port
  wait_for 10 listens_at "$port"
}

stop_haproxy() {
  [[ ! ${haproxy-} ]] || { kill "$haproxy" && wait "$haproxy"; } 2>/dev/null || true
  haproxy=
}

# start_cluster DIRECTORY: the masters one, two and three of the example in that DIRECTORY, which check each 100 ms;
# $endpoint is that of HAProxy, whose process is $haproxy.
start_cluster() {
  local name ports=()
  command -v haproxy >/dev/null || skip 'NO HAPROXY HERE: nothing is tried with it (make deps installs it)'
  for name in one two three; do
    start_master -n $name -o control="$name.control" < <(sed 's/^port = .*/port = 0/' "$1/haproxy.conf")
    ports+=("$port")
  done
  sed "s/127.0.0.1:9740/127.0.0.1:PORT/; s/127.0.0.1:9741/127.0.0.1:${ports[0]}/; s/127.0.0.1:9742/127.0.0.1:${ports[1]}/
    s/127.0.0.1:9743/127.0.0.1:${ports[2]}/; s/inter 1s/inter 100ms/" "$1/haproxy.cfg" >cluster.cfg
  start_haproxy <cluster.cfg
}

# count NAME FIGURE: of that master.
count() {
  members_of "$2" "$("$BUILD/preforkctl" -s "$1.control" status --json 3>&-)"
}

count_is_over() { # NAME FIGURE N
  (($(count "$1" "$2") > $3))
}
