#!/usr/bin/env bats
# The examples of conf/examples with servers that take their listener over: what their pages say, with the real program.
# CI has none of them: these tests are for machines that do.

# shellcheck disable=SC2154,SC2034 # helpers/common sets and reads them

load helpers/common
load helpers/port
load helpers/reload

# What the server holds open is its own affair.
descriptors_may_change=1

# start_example NAME [KEY=VALUE...]: as its page says, on another port.
start_example() {
  local name=$1
  shift
  mkdir conf
  cp -r "$BATS_TEST_DIRNAME/../conf/examples" conf
  change_ports "conf/examples/$name"
  start_master -ocontrol=control "${@/#/-o}" <"conf/examples/$name/$name.conf"
}

needs() { # COMMAND...
  "$@" >/dev/null 2>&1 || skip "NOT HERE, and not tried: $*"
}

head=$'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n'

# post: the server answers a request with its body.
post() {
  begin_call post connect "send:$head"$'\r\nhello\n' read
  end_call post
  assert_match "$output" '^HTTP/1\.1 200 .*hello'
}

# A request of which the server has the first half when the reload begins is answered.
reload_between() {
  post
  begin_call slow connect "send:${head}Expect: 100-continue"$'\r\n\r\n' expect:$'HTTP/1.1 100 Continue\r\n\r\n' say:begun \
    wait send:$'hello\n' read
  heard slow begun
  reload
  post
  let_go slow
  end_call slow
  assert_match "$output" 'HTTP/1\.1 200 .*hello'
  refute log_has 'crash|Traceback|in a row failed|stop_timeout is over'
}

@test "uvicorn: a request that is there at a reload is answered" {
  needs /usr/bin/python3 -c 'import uvicorn'
  start_example uvicorn ready_after=300ms
  reload_between
}

@test "gunicorn: it says when it serves; a request over a reload is answered; an application with a mistake is refused" {
  needs gunicorn --version
  start_example gunicorn
  assert_match "$("$BUILD/preforkctl" -s control workers 3>&-)" 'Gunicorn arbiter booted'
  reload_between
  echo 'this is no Python' >>conf/examples/gunicorn/app.py
  reload 1
  assert_match "$output" 'its programs fail'
  post
}

@test "node: a request that is there at a reload is answered" {
  needs node --version
  start_example node ready_after=300ms
  reload_between
}

@test "nginx: it serves the listener that it inherits, and a request over a reload is answered" {
  needs nginx -v
  start_example nginx
  log_has 'using inherited sockets from "3;"'
  begin_call slow connect send:$'GET /slow HTTP/1.0\r\n' say:in sleep:300 say:read wait send:$'\r\n' read
  heard slow read
  reload
  begin_call quick connect send:$'GET /quick HTTP/1.0\r\n\r\n' read
  end_call quick
  assert_match "$output" $'^HTTP/1\\.1 200 .*\r\n\r\n/quick$'
  let_go slow
  end_call slow
  assert_match "$output" $'HTTP/1\\.1 200 .*\r\n\r\n/slow$'
  echo mistake >>conf/examples/nginx/site.conf
  echo 'ready_after = 9s' >>master.conf
  reload 1
  assert_match "$output" 'its programs fail'
  stop_master
  assert_equal "$(find conf/examples/nginx -name '*.pid')" '' 'pid files left'
  refute log_has 'alert'
}

@test "tftpd: a file is fetched, over a reload as well; in.tftpd that ends when it is idle is replaced, without a failure" {
  needs command -v in.tftpd
  needs command -v tftp
  [[ $(id -u) == 0 ]] || skip 'in.tftpd needs root'
  chmod 755 . # it reads as another user
  echo hello >data
  chmod 644 data
  start_example tftpd 'command=in.tftpd --timeout 1 --secure .' ready_after=100ms
  fetch
  reload
  fetch
  old=$(worker)
  wait_for 20 worker_is_other_than "$old"
  fetch
  assert_match "$("$BUILD/preforkctl" -s control status --json 3>&-)" '"crashes":0,'
  refute log_has 'failed|exited'
}

fetch() {
  rm -f copy
  wait_for 10 fetch_one
  assert_equal "$(<copy)" hello
}

fetch_one() {
  timeout 10 tftp 127.0.0.1 "$port" -c get data copy >tftp.out 2>&1 3>&- && [[ -s copy ]]
}
