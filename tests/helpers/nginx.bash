# shellcheck shell=bash
# nginx: the examples with a real nginx in front; `load helpers/nginx`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

# shellcheck source=tests/helpers/port.bash
source "${BASH_SOURCE[0]%/*}/port.bash"

teardown() {
  stop_nginx
  leave_test
}

# start_nginx FILE: in this directory, on a free port, which is $web; its process is $nginx, its log nginx.log.
start_nginx() {
  local as=()
  web=$(free_port)
  sed "s/^\( *listen 127.0.0.1:\)[0-9]*;/\1$web;/" "$1" >nginx.conf
  ((EUID != 0)) || as=(-g 'user root;') # the directory of a test is for its user alone
  "$bin/launch" nginx -e stderr "${as[@]}" -p . -c nginx.conf </dev/null >nginx.log 2>&1 3>&- &
  nginx=$!
  wait_for 10 listens_at "$web" || fail "$(<nginx.log)"
}

stop_nginx() {
  [[ ! ${nginx-} ]] || { kill "$nginx" && wait "$nginx"; } 2>/dev/null || true
  nginx=
}

# get PATH: print what nginx answers, with its header.
get() {
  printf 'GET %s HTTP/1.0\r\n\r\n' "$1" | timeout 20 nc 127.0.0.1 "$web" 3>&-
}
