#!/usr/bin/env bats
# The Makefile as a person uses it: run, test without bats, install and uninstall.

load helpers/common

# make_ ARGUMENT...: make in the tree, on the programs that are built already.
make_() {
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
    make --no-print-directory -C "$BATS_TEST_DIRNAME/.." -o all BUILD="$BUILD" "$@" 3>&-
}

@test "make install puts programs, manual pages and examples in place" {
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr
  assert_equal "$(cd root && find . -type f | sort)" "./etc/preforkd/preforkd.conf
./usr/bin/preforkcall
./usr/bin/preforkctl
./usr/bin/preforkload
./usr/include/preforkd/service.h
./usr/lib/systemd/system/preforkd-root.service
./usr/lib/systemd/system/preforkd.service
./usr/lib/systemd/system/preforkd.socket
./usr/lib/systemd/system/preforkd@.service
./usr/sbin/preforkd
./usr/share/bash-completion/completions/preforkd
./usr/share/doc/preforkd/examples/README.md
./usr/share/doc/preforkd/examples/article/article.conf
./usr/share/doc/preforkd/examples/burst/burst.conf
./usr/share/doc/preforkd/examples/container/Dockerfile
./usr/share/doc/preforkd/examples/container/config.json
./usr/share/doc/preforkd/examples/container/container.conf
./usr/share/doc/preforkd/examples/datagram/datagram.conf
./usr/share/doc/preforkd/examples/date/README.md
./usr/share/doc/preforkd/examples/date/date.conf
./usr/share/doc/preforkd/examples/fcgiwrap/README.md
./usr/share/doc/preforkd/examples/fcgiwrap/fcgiwrap.conf
./usr/share/doc/preforkd/examples/fcgiwrap/hello.cgi
./usr/share/doc/preforkd/examples/fcgiwrap/nginx.conf
./usr/share/doc/preforkd/examples/git/README.md
./usr/share/doc/preforkd/examples/git/git.conf
./usr/share/doc/preforkd/examples/group/group.conf
./usr/share/doc/preforkd/examples/gunicorn/README.md
./usr/share/doc/preforkd/examples/gunicorn/app.py
./usr/share/doc/preforkd/examples/gunicorn/gunicorn.conf
./usr/share/doc/preforkd/examples/haproxy/README.md
./usr/share/doc/preforkd/examples/haproxy/haproxy.cfg
./usr/share/doc/preforkd/examples/haproxy/haproxy.conf
./usr/share/doc/preforkd/examples/inet.conf
./usr/share/doc/preforkd/examples/instance/instance.conf
./usr/share/doc/preforkd/examples/keep-open/keep-open.conf
./usr/share/doc/preforkd/examples/kubernetes/README.md
./usr/share/doc/preforkd/examples/kubernetes/kubernetes.conf
./usr/share/doc/preforkd/examples/kubernetes/kubernetes.yaml
./usr/share/doc/preforkd/examples/logrotate/preforkd
./usr/share/doc/preforkd/examples/module/Makefile
./usr/share/doc/preforkd/examples/module/README.md
./usr/share/doc/preforkd/examples/module/counter.c
./usr/share/doc/preforkd/examples/module/module.conf
./usr/share/doc/preforkd/examples/module/upper.c
./usr/share/doc/preforkd/examples/nginx/README.md
./usr/share/doc/preforkd/examples/nginx/nginx.conf
./usr/share/doc/preforkd/examples/nginx/site.conf
./usr/share/doc/preforkd/examples/node/README.md
./usr/share/doc/preforkd/examples/node/node.conf
./usr/share/doc/preforkd/examples/node/server.js
./usr/share/doc/preforkd/examples/ondemand/README.md
./usr/share/doc/preforkd/examples/ondemand/ondemand.conf
./usr/share/doc/preforkd/examples/php/README.md
./usr/share/doc/preforkd/examples/php/hello.php
./usr/share/doc/preforkd/examples/php/nginx.conf
./usr/share/doc/preforkd/examples/php/php.conf
./usr/share/doc/preforkd/examples/prometheus/README.md
./usr/share/doc/preforkd/examples/prometheus/prometheus.conf
./usr/share/doc/preforkd/examples/prometheus/prometheus.yml
./usr/share/doc/preforkd/examples/prometheus/rules.yml
./usr/share/doc/preforkd/examples/prometheus/rules_test.yml
./usr/share/doc/preforkd/examples/python/README.md
./usr/share/doc/preforkd/examples/python/handler.py
./usr/share/doc/preforkd/examples/python/python.conf
./usr/share/doc/preforkd/examples/python/warm.conf
./usr/share/doc/preforkd/examples/resident-c/README.md
./usr/share/doc/preforkd/examples/resident-c/resident-c.conf
./usr/share/doc/preforkd/examples/resident-c/server.c
./usr/share/doc/preforkd/examples/resident-python/README.md
./usr/share/doc/preforkd/examples/resident-python/resident-python.conf
./usr/share/doc/preforkd/examples/resident-python/server.py
./usr/share/doc/preforkd/examples/rfc/rfc.conf
./usr/share/doc/preforkd/examples/s6/notification-fd
./usr/share/doc/preforkd/examples/s6/run
./usr/share/doc/preforkd/examples/tftpd/README.md
./usr/share/doc/preforkd/examples/tftpd/tftpd.conf
./usr/share/doc/preforkd/examples/two-pools/two-pools.conf
./usr/share/doc/preforkd/examples/unix.conf
./usr/share/doc/preforkd/examples/uvicorn/README.md
./usr/share/doc/preforkd/examples/uvicorn/app.py
./usr/share/doc/preforkd/examples/uvicorn/uvicorn.conf
./usr/share/doc/preforkd/examples/wallboard/wallboard.conf
./usr/share/man/man1/preforkcall.1
./usr/share/man/man1/preforkctl.1
./usr/share/man/man1/preforkload.1
./usr/share/man/man3/preforkd-service.3
./usr/share/man/man5/preforkd.conf.5
./usr/share/man/man8/preforkd.8
./usr/share/pkgconfig/preforkd.pc"
  assert_equal "$(stat -c %a root/usr/sbin/preforkd root/usr/share/man/man8/preforkd.8)" $'755\n644'
  assert_equal "$(stat -c %a root/usr/share/doc/preforkd/examples/{s6/run,python/handler.py})" $'755\n755'
  root/usr/sbin/preforkd -t -c root/etc/preforkd/preforkd.conf
}

@test "what is installed names the paths of the installation, wherever that is" {
  for place in /usr:/etc /usr/local:/usr/local/etc /opt/p:/usr/local/etc; do
    rm -rf root
    make_ -s install DESTDIR="$PWD/root" PREFIX="${place%:*}" SYSCONFDIR="${place#*:}"
    # A container's root directory is another one.
    named=$(grep -rhoI --exclude=preforkd --exclude=kubernetes.yaml --exclude-dir=container '/[a-z/]*etc/preforkd/[^ ]*conf' root | sort -u)
    assert_equal "$named" "${place#*:}/preforkd/%i.conf
${place#*:}/preforkd/preforkd.conf" "configurations named, with PREFIX=${place%:*}"
    named=$(grep -rhoI '/[a-z/]*s*bin/prefork[a-z]*' root --include='*.service' --include=preforkd | sort -u)
    assert_equal "$named" "${place%:*}/bin/preforkctl
${place%:*}/sbin/preforkd" "programs named, with PREFIX=${place%:*}"
  done
}

@test "the installed configuration has absolute paths in the unit's directory, and the units add nothing to it" {
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr
  set_paths=$(sed -n 's/ *#.*//; s/^\(control\|path\) = //p' root/etc/preforkd/preforkd.conf)
  assert_equal "$set_paths" $'/run/preforkd/control\n/run/preforkd/socket'
  for unit in root/usr/lib/systemd/system/*.service; do
    conf=/etc/preforkd/preforkd.conf
    [[ $unit != *@* ]] || conf=/etc/preforkd/%i.conf
    assert_equal "$(grep -E '^Exec(Start|Reload)=' "$unit")" "ExecStart=/usr/sbin/preforkd -c $conf
ExecReload=/usr/bin/preforkctl -c $conf reload"
  done
}

@test "make install gives each program its completion, by a relative link" {
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr # over one that is there
  cd root/usr/share/bash-completion/completions
  assert_equal "$(ls)" "$(cd "$BATS_TEST_TMPDIR/root/usr" && find bin sbin -type f -printf '%f\n' | sort)"
  for program in *; do
    cmp "$program" "$BATS_TEST_DIRNAME/../client/completion.bash"
    assert_equal "$(readlink "$program" || echo preforkd)" preforkd
  done
}

@test "make install leaves a configuration that is there alone, whatever PREFIX" {
  for prefix in /usr:/etc /usr/local:/usr/local/etc; do
    mkdir -p "root${prefix#*:}/preforkd"
    echo mine >"root${prefix#*:}/preforkd/preforkd.conf"
    make_ -s install DESTDIR="$PWD/root" PREFIX="${prefix%:*}"
    make_ -s install DESTDIR="$PWD/root" PREFIX="${prefix%:*}"
    assert_equal "$(<"root${prefix#*:}/preforkd/preforkd.conf")" mine
  done
}

@test "make uninstall takes away all but the configuration" {
  make_ -s install DESTDIR="$PWD/root"
  make_ -s uninstall DESTDIR="$PWD/root"
  assert_equal "$(find root ! -type d)" root/usr/local/etc/preforkd/preforkd.conf
}

@test "make test without bats names the command that helps, and exits 2" {
  mkdir bin
  ln -s /usr/bin/* bin/
  rm -f bin/bats
  PATH=$PWD/bin run make_ test
  assert_equal "$status" 2
  assert_equal "${lines[0]}" "bats is missing: run 'sudo make deps'"
}

# begin_run CONF: make run in a session of its own, until its hints are complete; end_run ends it as Ctrl-C does.
begin_run() {
  "$bin/launch" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL TMPDIR="$PWD" \
    make --no-print-directory -C "$BATS_TEST_DIRNAME/.." -o all BUILD="$BUILD" run \
    CONF="$1" PATH="$PATH" </dev/null >run.out 2>run.log 3>&- &
  make=$!
  wait_for 20 file_has run.out '^Ctrl-C stops it'
}

teardown() {
  [[ ${BATS_TEST_COMPLETED-} || ! ${make-} ]] || kill -KILL -- "-$make" 2>/dev/null || true
  leave_test
}

end_run() {
  kill -INT -- "-$make"
  wait_for 20 has_ended "$make"
  wait "$make" || true # make's own status after Ctrl-C is make's
  grep -q 'stopped: pool a' run.log
}

# What make run has printed for another terminal, PORT as the ready line of its pool has it.
hinted() {
  local line name port
  sed -n 's/^  //p' run.out | while IFS= read -r line; do
    name=${line##*line of pool } name=${name%% *} port=''
    [[ $line != *:PORT* ]] || port=$(sed -n "s/.*: ready: pool $name, .* on inet:.*:\([0-9]*\)\(,.*\)*$/\1/p" run.log)
    echo "${line/:PORT/:${port:-none}}"
  done
}

@test "make run prints commands that work, for each pool of the file, where its page is, and ends well on Ctrl-C" {
  cat >t.conf <<CONF
control = $PWD/control
[pool a]
mode = unix
path = $PWD/s
[pool many]
mode = unix
path = $PWD/many
requests_per_connection = unlimited
[pool letters]
mode = unix
type = datagram
path = $PWD/letters
[pool mirror]
mode = inet
port = 0
service = echo
[pool page]
mode = inet
port = 0
service = program
command = $BUILD/preforkctl -s $PWD/control http
[pool hour]
mode = unix
path = $PWD/hour
service = time
[pool lines]
mode = unix
path = $PWD/lines
service = chargen
[pool silent]
mode = unix
path = $PWD/silent
service = discard
CONF
  begin_run "$PWD/t.conf"
  hinted >commands
  assert_equal "$(grep -c preforkcall commands)" 6 'calls'
  refute grep -q silent commands
  grep -q '^After\|After an upgrade .* the new master runs on in the background' run.out
  page=$(sed -n 's|^http://127.0.0.1:\([0-9]*\)/ .*|\1|p' commands)
  printf 'GET / HTTP/1.0\r\n\r\n' | nc -N 127.0.0.1 "$page" | grep -q '^<title>preforkd</title>'
  while read -r command; do
    [[ $command != *' upgrade' && $command != *' stop' && $command != http:* ]] || continue
    timeout 10 bash -c "$command" >answer </dev/null || fail "failed: $command"
    case $command in
    *'-p a' | *'-p many' | *'-p letters') assert_equal "$(<answer)" 'char from server = B' "$command" ;;
    *inet:*) assert_equal "$(<answer)" hello "$command" ;;
    *'-p hour'*) assert_match "$(<answer)" '^ *[34][0-9]{9}$' ;;
    *'-p lines'*) assert_equal "$(wc -l <answer)" 3 ;;
    *) grep -q '^mirror *running' answer ;;
    esac
  done <commands
  end_run
  refute test -S "$PWD/s"
  assert_equal "$(find . -name 'tmp.*')" ''
}

@test "make run with one pool: a call, an upgrade whose master runs on, and a stop" {
  printf '%s\n' 'mode = unix' "path = $PWD/a" "control = $PWD/control" 'workers = 2' >t.conf
  begin_run "$PWD/t.conf"
  hinted >commands
  assert_equal "$(<commands)" "$BUILD/preforkcall -c $PWD/t.conf
$BUILD/preforkctl -c $PWD/t.conf status
$BUILD/preforkctl -c $PWD/t.conf upgrade
$BUILD/preforkctl -c $PWD/t.conf stop"
  while read -r command; do
    timeout 20 bash -c "$command" >answer </dev/null || fail "failed: $command"
    [[ $command != *' upgrade' ]] || wait_for 20 has_ended "$make"
  done <commands
  wait_for 5 session_is_over "$make"
  grep -q 'stopped: pool main' run.log
}

@test "make run prints nothing above an error" {
  echo 'mode = unix' >bad.conf
  run make_ run CONF="$PWD/bad.conf"
  assert_equal "${lines[0]}" "$PWD/bad.conf:1:1: pool 'main' needs 'path' in unix mode"
  printf '%s\n' 'mode = unix' "path = $PWD/nowhere/s" >bad.conf
  run make_ run CONF="$PWD/bad.conf" TMPDIR="$PWD"
  assert_match "${lines[0]}" '^preforkd.*nowhere'
  refute grep -q preforkcall <<<"$output"
  wait_for 5 [ -z "$(find . -name 'tmp.*')" ]
}

@test "make dist puts each file of the commit into a tarball, the same bytes each time, that make knows how to build" {
  local tree=$BATS_TEST_DIRNAME/.. name
  git -C "$tree" rev-parse HEAD >/dev/null 2>&1 || skip 'not a clone'
  make_ -s BUILD="$PWD/one" dist
  # Whatever the person's git is set to.
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=tar.umask GIT_CONFIG_VALUE_0=0077 make_ -s BUILD="$PWD/two" dist
  mv one/preforkd-*.tar.gz one.tar.gz
  cmp one.tar.gz two/preforkd-*.tar.gz
  tar -xzf one.tar.gz
  assert_equal "$(cd preforkd-* && find . -type f -o -type l | sort)" "$(git -C "$tree" ls-tree -r --name-only HEAD | sed 's|^|./|' | sort)"
  # Nothing that the build reads is missing.
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -n -s -C preforkd-* BUILD=b all >commands 3>&-
  grep -q 'b/preforkd' commands
  # That tree is no clone.
  run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C preforkd-* BUILD=b dist 3>&-
  assert_equal "$status" 2
  assert_match "$output" '^make dist needs a clone: there is no .git in '
  assert_equal "$(find preforkd-* -name '*.tar*')" ''
}
