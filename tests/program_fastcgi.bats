#!/usr/bin/env bats
# The examples php and fcgiwrap: FastCGI programs that accept by themselves, with the real nginx in front.

# shellcheck disable=SC2154,SC2034 # helpers set them

load helpers/common
load helpers/nginx

# A program closes a connection only when nginx has, a moment after its client has the answer.
teardown() {
  [[ ! ${master_of[master]-} ]] || wait_for 5 descriptors_are_as_before master 2>/dev/null || true # leave_test judges it
  stop_nginx
  leave_test
}

# start_example NAME PROGRAM [OPTION...]: both servers, as its page says, with one process of PROGRAM.
start_example() {
  local name=$1 program=$2
  if ! command -v nginx || ! command -v "$program"; then
    skip "NO nginx OR NO $program HERE: nothing is tried with it"
  fi >/dev/null
  mkdir conf
  cp -r "$BATS_TEST_DIRNAME/../conf/examples" conf
  start_master -o "$name.workers=1" "${@:3}" <"conf/examples/$name/$name.conf"
  start_nginx "conf/examples/$name/nginx.conf"
}

control() {
  "$BUILD/preforkctl" -c master.conf "$@" 3>&-
}

has_lines() { # FILE N
  [[ -f $1 && $(wc -l <"$1") == "$2" ]]
}

# Whether there is a ready process, and another one than PID.
is_replaced() { # PID
  worker_is_other_than "$1" && control status --json | grep -q '"starting":0[,}]'
}

@test "php: a request that is open over a reload is answered, and the next ones by the new process" {
  start_example php php-cgi
  assert_match "$(get '/hello.php?name=you')" '200 OK.*Hello, you$'
  descriptors_of[master]=$(count_descriptors "$master") # PHP may not have had all of its own before
  assert_match "$(get /none.php)" '^HTTP/1.1 404'
  cat >conf/examples/php/wait.php <<'END'
<?php
file_put_contents(__DIR__ . '/began', getmypid() . "\n");
while (!file_exists(__DIR__ . '/go'))
    usleep(5000);
echo "waited in ", getmypid(), "\n";
END
  get /wait.php >answer &
  client=$!
  wait_for 10 has_lines conf/examples/php/began 1
  old=$(<conf/examples/php/began)
  control reload
  assert_match "$(get /hello.php)" 'Hello, world$'
  touch conf/examples/php/go
  wait $client
  assert_match "$(<answer)" "200 OK.*waited in $old\$"
  wait_for 10 has_ended "$old"
  refute log_has 'crash|failed|timeout'
}

@test "php: one that has served its PHP_FCGI_MAX_REQUESTS is replaced without a loss, and is no crash" {
  start_example php php-cgi -o php.environment=PHP_FCGI_MAX_REQUESTS=2
  for _ in 1 2; do
    old=$(worker)
    assert_match "$(get /hello.php)" 'Hello, world$'
    descriptors_of[master]=$(count_descriptors "$master") # PHP may not have had all of its own before
    assert_match "$(get /hello.php)" 'Hello, world$'
    wait_for 10 is_replaced "$old"
  done
  control status --json | grep -q '"crashes":0[,}]'
  refute log_has 'crash|failed'
}

@test "fcgiwrap: a script that a reload ends is asked of the next process, and the client gets its answer" {
  start_example fcgiwrap fcgiwrap
  assert_match "$(get '/hello.cgi?a=1')" '200 OK.*asked for a=1$'
  descriptors_of[master]=$(count_descriptors "$master")
  mkfifo go
  cat >conf/examples/fcgiwrap/wait.cgi <<END
#!/bin/sh
echo \$\$ >>$PWD/runs
read -r word <$PWD/go
printf 'Content-Type: text/plain\r\n\r\n'
echo "\$word in \$\$"
END
  chmod +x conf/examples/fcgiwrap/wait.cgi
  get /wait.cgi >answer &
  client=$!
  wait_for 10 has_lines runs 1
  control reload
  wait_for 10 has_lines runs 2
  wait_for 10 has_ended "$(head -n 1 runs)"
  echo waited >go
  wait $client
  assert_match "$(<answer)" "200 OK.*waited in $(tail -n 1 runs)\$"
  refute log_has 'crash|failed|timeout'
}
