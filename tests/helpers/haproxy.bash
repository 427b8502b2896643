# shellcheck shell=bash
# haproxy: three masters behind a real HAProxy, as conf/examples/haproxy has them, on other ports.
# shellcheck disable=SC2154 # common.bash sets them

# shellcheck source=tests/helpers/port.bash
source "${BASH_SOURCE[0]%/*}/port.bash"

teardown() {
  [[ ! ${haproxy-} ]] || { kill "$haproxy" && wait "$haproxy"; } 2>/dev/null || true
  leave_test
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
  endpoint=inet:127.0.0.1:$(free_port)
  sed "s/127.0.0.1:9740/${endpoint#inet:}/; s/127.0.0.1:9741/127.0.0.1:${ports[0]}/; s/127.0.0.1:9742/127.0.0.1:${ports[1]}/
    s/127.0.0.1:9743/127.0.0.1:${ports[2]}/; s/inter 1s/inter 100ms/" "$1/haproxy.cfg" >haproxy.cfg
  "$bin/launch" haproxy -db -f haproxy.cfg </dev/null >haproxy.out 2>&1 3>&- &
  haproxy=$!
  wait_for 10 listens_at "${endpoint##*:}"
}

listens_at() { # PORT
  grep -q "$(printf '0100007F:%04X 00000000:0000 0A' "$1")" /proc/net/tcp
}

# count NAME FIGURE: of that master.
count() {
  "$BUILD/preforkctl" -s "$1.control" status --json 3>&- | grep -o "\"$2\":[^,}]*" | cut -d: -f2
}

count_is_over() { # NAME FIGURE N
  (($(count "$1" "$2") > $3))
}
