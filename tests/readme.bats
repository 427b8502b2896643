#!/usr/bin/env bats
# README.md: its command blocks are run as printed, in order, in a copy of the tree. What would change this machine
# (apt-get, systemctl, docker) is a function here that checks what it is asked for; `make install` installs into
# a mount namespace of its own.

# shellcheck disable=SC2030,SC2031 # each test has its own subshell

load helpers/common

tree=$BATS_TEST_DIRNAME/..

# Write each block of README.md into blocks/HEADING-N, N counted in its section, and its language into languages.
extract() {
  mkdir blocks
  awk '
    /^## / { heading = tolower(substr($0, 4)); gsub(/[^a-z]+/, "-", heading); count = 0 }
    /^```/ && !inside { inside = 1; file = "blocks/" heading "-" ++count; print file, substr($0, 4); next }
    /^```/ { inside = 0; close(file); next }
    inside { print > file }
    !inside && /^(    |\t)/ { print "indented", $0 }' "$tree/README.md" >languages
}

setup() {
  enter_test
  extract
  unset MAKEFLAGS MFLAGS MAKELEVEL
  functions >functions.bash
}

# A copy of the tree to run in, with the programs that are built already.
copy_tree() {
  mkdir clone
  cp -r "$tree"/{Makefile,client,common,conf,server,tests} clone
  ln -s "$BUILD" clone/build
}

# A block whose test failed must not go on.
teardown() {
  [[ ${BATS_TEST_COMPLETED-} || ! ${block-} ]] || kill -KILL -- "-$block" 2>/dev/null || true
  leave_test
}

# What stands for the commands that a test must not run, and `prints TEXT COMMAND...`.
functions() {
  cat <<'END'
set -e -o pipefail
make() {
  case $1 in
  deps | test) command make -n "$@" ;;
  *) command make --no-print-directory -o all "$@" ;;
  esac
}
apt-get() {
  [[ "$*" == update || "$*" == 'install -y make gcc' ]]
}
# On a busy machine the generator itself may be late, which is its exit status 3.
build/preforkload() {
  "$PWD/build/preforkload" "$@" || [[ $? == 3 ]]
}
prints() {
  local output
  output=$("${@:2}")
  [[ $output == "$1" ]] || { echo "printed '$output', not '$1': ${*:2}" >&2; exit 1; }
}
END
}

# script BLOCK: that block, with what its comments say that a command prints.
script() {
  echo ". '$PWD/functions.bash'"
  sed -E "s/^(.*[^ ]) +# prints: (.*)\$/prints '\2' \1/" "blocks/$1"
}

# run_block BLOCK: run it in the copy.
run_block() {
  [[ -d clone ]] || copy_tree
  script "$1" >"$1.bash"
  (cd clone && timeout 60 bash "../$1.bash") </dev/null >"$1.out" 2>"$1.err" 3>&- || fail "$1:" "$(<"$1.out")" "$(<"$1.err")"
}

# begin_block BLOCK: its last command serves until it is stopped; wait until it is ready.
begin_block() {
  [[ -d clone ]] || copy_tree
  script "$1" >"$1.bash"
  (cd clone && exec "$bin/launch" bash "../$1.bash") </dev/null >"$1.out" 2>"$1.err" 3>&- &
  block=$!
  wait_for 20 file_has "$1.err" ': ready: ' || fail "$1:" "$(<"$1.err")"
}

# What a block started has ended by itself, and nothing is left in the copy.
end_block() {
  wait_for 30 has_ended "$block"
  wait "$block" || fail "the exit status of what $1 started: $?"
  wait_for 10 session_is_over "$block"
  assert_equal "$(find clone -type s)" '' 'sockets left'
}

@test "README.md has at most 150 lines, and no command block that is not run here" {
  (($(wc -l <"$tree/README.md") <= 150))
  assert_equal "$(<languages)" "blocks/two-commands-1 sh
blocks/two-commands-2 sh
blocks/an-example-1 sh
blocks/configuration-1 sh
blocks/a-script-behind-a-socket-1 sh
blocks/looking-after-it-1 sh
blocks/installing-1 sh
blocks/under-systemd-1 sh
blocks/in-a-container-1 sh"
  for block in blocks/*; do
    grep -q "_block ${block#blocks/}\$" "$BATS_TEST_FILENAME" || fail "$block is not run"
  done
}

# bats test_tags=alone
@test "two commands and the example: each as printed, in order" {
  begin_block two-commands-1
  wait_for 5 file_has two-commands-1.out '^Ctrl-C stops it'
  run_block an-example-1
  grep -q '^PASS' an-example-1.out
  grep -q '^stopped' an-example-1.out
  end_block two-commands-1
  run_block two-commands-2
  grep -q 'sh tests/deps.sh' two-commands-2.out
  grep -q 'tests/run' two-commands-2.out
}

# A port that is free just now, in place of the one that is printed.
free_port() {
  serve inet
  stop_master
  sed -i "s/^port = 9735\$/port = $port/" blocks/configuration-1
  grep -qx "port = $port" blocks/configuration-1
}

@test "a configuration, and looking after its server: each command as printed, in order" {
  free_port
  begin_block configuration-1
  run_block looking-after-it-1
  grep -q '^network  *running .* 5  *' looking-after-it-1.out
  end_block configuration-1
}

@test "a script behind a socket: it starts as printed, and answers as the text says" {
  copy_tree
  sed -i 's/^port = .*/port = 0/' clone/conf/examples/date/date.conf
  begin_block a-script-behind-a-socket-1
  endpoint=$(sed -n 's/.*: ready: pool date, .* on \([^ ,]*\).*/\1/p' a-script-behind-a-socket-1.err)
  # shellcheck disable=SC2016 # not an expansion
  command=$(sed -n 's/^Now `\(.*\)` prints the date.*/\1/p' "$tree/README.md")
  assert_match "$command" '^build/preforkcall -c conf/examples/date/date.conf %F$'
  printf '%s\n' "${command/-c conf\/examples\/date\/date.conf/$endpoint}" >blocks/asked
  run_block asked
  assert_match "$(<asked.out)" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$'
  (cd clone && build/preforkctl -c conf/examples/date/date.conf stop) >/dev/null 3>&-
  end_block a-script-behind-a-socket-1
}

@test "the command that README.md shows for the date is the example's" {
  shown=$(sed -n 's/.*# its command: //p' "$tree/README.md")
  grep -qxF "command = $shown" "$tree/conf/examples/date/date.conf"
}

@test "the configuration that is printed wrongly is refused as README.md says" {
  # shellcheck disable=SC2016 # not an expansion
  line=$(sed -n 's/.*: `\(letters\.conf:2:1: [^`]*\)`$/\1/p' "$tree/README.md")
  assert_match "$line" 'did you mean'
  printf '%s\n' 'control = c' 'worker = 8' '[pool a]' 'mode = unix' 'path = s' >letters.conf
  run "$BUILD/preforkd" -t -c letters.conf
  assert_equal "${lines[0]}" "$line"
}

# For the two sections that follow `make install`: systemctl as far as they need it, by the installed unit.
systemctl_functions() {
  cat <<'END'
unit=/usr/local/lib/systemd/system/preforkd.service
of_unit() { sed -n "s/^$1=//p" "$unit"; }
systemctl() {
  case "$*" in
  daemon-reload) [[ -f $unit ]] ;;
  'enable --now preforkd')
    mkdir -p "/run/$(of_unit RuntimeDirectory)"
    mkfifo /run/ready
    $(of_unit ExecStart) --ready-fd 9 9>/run/ready &
    main=$!
    read -r </run/ready
    ;;
  'reload preforkd') $(of_unit ExecReload) ;;
  'disable --now preforkd')
    kill "$main"
    wait "$main"
    ;;
  *) return 1 ;;
  esac
}
PATH=/usr/local/sbin:/usr/local/bin:$PATH
END
}

@test "installing, and under systemd: each command as printed, in order, by the installed unit" {
  unshare --mount true 2>/dev/null || skip 'no mount namespace can be made here'
  mkdir local run
  systemctl_functions >>functions.bash
  run_in_namespace_block installing-1
  [[ -x local/sbin/preforkd && -e local/etc/preforkd/preforkd.conf ]]
  run_in_namespace_block under-systemd-1
  grep -q '^main  *running' under-systemd-1.out
  grep -q ': reloaded: generation 2$' under-systemd-1.err
  grep -q ': stopped: pool main, ' under-systemd-1.err
  assert_equal "$(find run -type s)" '' 'sockets left'
}

# With /usr/local and /run of their own.
run_in_namespace_block() {
  [[ -d clone ]] || copy_tree
  script "$1" >"$1.bash"
  (
    cd clone
    # shellcheck disable=SC2016 # the inner shell expands it
    timeout 60 unshare --mount sh -c 'mount --bind ../local /usr/local && mount --bind ../run /run && exec bash "$1"' sh "../$1.bash"
  ) </dev/null >"$1.out" 2>"$1.err" 3>&- || fail "$1:" "$(<"$1.out")" "$(<"$1.err")"
}

@test "in a container: the files that the commands name are there, and the image has the program" {
  cat >>functions.bash <<'END'
docker() {
  file=conf/container/Dockerfile
  case "$*" in
  "build -f $file -t preforkd .") grep -q ENTRYPOINT $file ;;
  'run -d --name bytes --read-only -p 9734:9734 preforkd') grep -q 'EXPOSE 9734' $file && grep -q 'port = 9734' conf/container/container.conf ;;
  'exec bytes /preforkctl -c /etc/preforkd/preforkd.conf status') grep -q 'rootfs/prefork\* /$' $file && grep -q 'rootfs/etc /etc$' $file ;;
  'stop bytes') ;;
  *) return 1 ;;
  esac
}
END
  run_block in-a-container-1
}

@test "each link of the documents leads to a file" {
  for page in README.md DESIGN.md CHANGELOG.md conf/examples/README.md $(cd "$tree" && echo conf/examples/*/README.md) client/scenarios/README.md \
    server/service/README.md tests/bench/RESULTS.md tests/faults/RESULTS.md; do
    folder=${page%"${page##*/}"}
    while read -r link; do
      [[ -e $tree/$folder$link ]] || fail "$page: there is no $link"
    done < <(grep -o '](\([^)]*\))' "$tree/$page" | sed 's/^](//; s/)$//; s/#.*//')
  done
}

@test "the file that each row of the article's table names does that step" {
  while read -r word file; do
    grep -q "$word" "$tree/$file" || fail "$file has no $word"
    grep -q "$file" "$tree/README.md" || fail "README.md does not name $file"
  done <<'END'
socket( common/endpoint_socket.c
connect( common/endpoint_socket.c
lock_file server/net/socket_file.c
listen( server/net/listener_options.c
accept4( server/worker/accept.c
send( server/worker/connection/connection.c
char.from.server client/call/main.c
END
}

# cc_ ARGUMENT...: compile and link as make has done.
cc_() {
  eval "$(<"$BUILD/flags") ${*//$'\n'/ }"
}

# Write the service of server/service/README.md, which a shared object defines, to FILE.
write_service() { # FILE
  # shellcheck disable=SC2016 # not an expansion
  sed -n '/^```c$/,/^```$/ { //!p }' "$tree/server/service/README.md" >"$1"
}

@test "the service of server/service/README.md compiles without a warning as a shared object, and serves" {
  write_service upper.c
  cc -std=c99 -pedantic -Wall -Wextra -Werror -O2 -I"$tree/server/service" -fPIC -shared -o upper.so upper.c
  serve unix service=module module=upper.so user=root
  assert_equal "$(ask hello)" HELLO
}

@test "it is built in by one word in the table, and serves" {
  copy_tree
  write_service clone/server/service/builtin/upper.c
  cd clone
  sed -i 's/ preforkd_service = / service_upper = /' server/service/builtin/upper.c
  sed -i 's/BYTES(chargen)/BYTES(chargen) BYTES(upper)/' server/service/service.c
  cc_ -Werror -c server/service/builtin/upper.c -o upper.o
  cc_ -Werror -c server/service/service.c -o service.o
  # Not by what lies in build: a file that is gone leaves its object.
  objects=$(find server common -name '*.c' ! -name service.c ! -name upper.c | sed "s,.*,$BUILD/obj/&,; s/c\$/o/")
  cc_ upper.o service.o "$objects" -o ../preforkd
  cd "$BATS_TEST_TMPDIR"
  export preforkd=$PWD/preforkd
  serve unix service=upper
  assert_equal "$(ask hello)" HELLO
}
