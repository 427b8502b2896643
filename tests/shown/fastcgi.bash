# shellcheck shell=bash
# fastcgi: php-cgi under preforkd beside PHP-FPM, and fcgiwrap under preforkd beside its own -c, behind one nginx, as
# /ours/FILE and /theirs/FILE; `load fastcgi`, behind common, nginx and shown.
# shellcheck disable=SC2154,SC2034 # helpers set and use them

tree=$BATS_TEST_DIRNAME/../..
children=4

needs() { # PROGRAM...
  local program
  for program in nginx ab "$@"; do
    command -v "$program" >/dev/null || skip "no $program: nothing is measured"
  done
}

# Print the name of the newest PHP-FPM.
find_fpm() {
  compgen -c php-fpm | sort -ru | head -n 1
}

# begin_web: nginx for both, in front of the sockets `ours` and `theirs`, and the scripts.
begin_web() {
  local text
  mkdir www
  # shellcheck disable=SC2016,SC2028 # PHP's
  echo '<?php echo "ok\n";' >www/quick.php
  # shellcheck disable=SC2016,SC2028 # PHP's
  echo '<?php $end = microtime(true) + 0.01; while (microtime(true) < $end) usleep(1000); echo "ok\n";' >www/slow.php
  printf '%s\n' '#!/bin/sh' "printf 'Content-Type: text/plain\r\n\r\nok\n'" >www/quick.cgi
  printf '%s\n' '#!/bin/sh' "$(type -P sleep) 0.01" "printf 'Content-Type: text/plain\r\n\r\nok\n'" >www/slow.cgi
  chmod +x www/*.cgi
  text=$(sed '/^  server {/,$d' "$tree/conf/examples/php/nginx.conf")
  {
    printf '%s\n' "$text"
    # As the example of fcgiwrap has it: /again/FILE asks ours again.
    echo "  upstream twice { server unix:ours max_fails=0; server unix:ours max_fails=0; }"
    printf '  server {\n    listen 127.0.0.1:1;\n'
    location ours 'fastcgi_pass unix:ours; fastcgi_next_upstream off;'
    location theirs 'fastcgi_pass unix:theirs; fastcgi_next_upstream off;'
    location again 'fastcgi_pass twice; fastcgi_next_upstream error;'
    printf '  }\n}\n'
  } >web.conf
  start_nginx web.conf
}

# location NAME DIRECTIVES
location() {
  # shellcheck disable=SC2016 # nginx's
  printf '    location ~ ^/%s/(.*)$ {\n      %s\n      fastcgi_param SCRIPT_FILENAME %s/www/$1;\n' "$1" "$2" "$PWD"
  # shellcheck disable=SC2016 # nginx's
  printf '      fastcgi_param REQUEST_METHOD $request_method;\n    }\n'
}

# begin_php [OPTION...]: the example's pool of php-cgi, without a php.ini, as theirs.
begin_php() {
  begin_ours php -o php.command='php-cgi -n' "$@"
}

begin_ours() { # EXAMPLE [OPTION...]
  start_master -o "$1.workers=$children" -o "$1.path=ours" -o control=control "${@:2}" <"$tree/conf/examples/$1/$1.conf"
}

# begin_fpm TIMEOUT: PHP-FPM with as many children; its process is $fpm.
begin_fpm() {
  printf '%s\n' '[global]' "error_log = $PWD/fpm.log" 'daemonize = no' "process_control_timeout = $1" '[php]' 'user = root' \
    "listen = $PWD/theirs" 'listen.mode = 0666' 'pm = static' "pm.max_children = $children" 'pm.max_requests = 10000' >fpm.conf
  : >fpm.log
  start_fpm
  wait_for 20 fpm_is_ready 1
}

start_fpm() {
  "$bin/launch" "$(find_fpm)" -R -n -F -y fpm.conf </dev/null >fpm.out 2>&1 3>&- &
  fpm=$!
}

fpm_is_ready() { # TIMES
  (($(grep -c 'ready to handle connections' fpm.log) >= $1))
}

end_fpm() {
  end_process "${fpm-}" TERM
  fpm=
}

end_process() { # PID SIGNAL
  [[ ! $1 ]] || { kill -s "$2" "$1" && wait "$1"; } 2>/dev/null || true
}

# load_http SECONDS FILE PATH: ab, a connection for each request, which may fail; its report is FILE.
load_http() {
  timeout $(($1 + 60)) ab -q -r -t "$1" -n 10000000 -c "${clients-8}" "http://127.0.0.1:$web$3" >"$2" 2>&1 3>&-
}

# answered FILE, failed FILE, rate FILE: what ab has counted. One whose status is not 200 may count twice there: as an
# answer of another length as well.
answered() {
  echo $(($(sed -n 's/^Complete requests: *//p' "$1") - $(failed "$1")))
}

failed() {
  local any other
  any=$(sed -n 's/^Failed requests: *//p' "$1") other=$(sed -n 's/^Non-2xx responses: *//p' "$1")
  echo $((any > ${other:-0} ? any : ${other:-0}))
}

rate() {
  sed -n 's/^Requests per second: *\([0-9.]*\).*/\1/p' "$1"
}

# Print the processor time of these processes, of their children, and of those that have ended, in hundredths of a second.
spent() { # PID...
  local pid
  for pid in "$@"; do
    cat "/proc/$pid/stat"
    for child in $(workers "$pid"); do
      cat "/proc/$child/stat"
    done
  done 2>/dev/null | awk '{ sub(/.*\) /, ""); sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}
