#!/usr/bin/env bats
# The configuration as the operator meets it: preforkd -t, -T, -o, and what a bad file gets. The
# wording of each error is unit/config_errors.c's.

load helpers/common

# write NAME: standard input becomes the configuration NAME.
write() {
  keep_input "$1"
}

good() {
  write t.conf <<'CONF'
mode = unix
path = s
CONF
}

# preforkd ARGUMENT...: into $status, $output (standard error too) and $lines.
preforkd() {
  run timeout 20 "$BUILD/preforkd" "$@" 3>&-
}

# refused STATUS TEXT: that status, and nothing else said.
refused() {
  assert_equal "$output" "$2"
  assert_equal "$status" "$1" "exit status"
}

@test "-t says that a good file is, and exits 0" {
  good
  preforkd -t -c t.conf
  refused 0 "t.conf: configuration ok"
}

@test "-t looks up directories: a missing one is an error, below /run a warning" {
  mkdir there
  : >file
  write t.conf <<'CONF'
mode = unix
path = absent/deep/s
control = there/control
pid_file = file/pid
log = /run/preforkd-absent/log
CONF
  preforkd -t -c t.conf
  refused 78 "t.conf:5:7: warning: log '/run/preforkd-absent/log': the directory /run/preforkd-absent does not exist
t.conf:2:8: path '$PWD/absent/deep/s': the directory $PWD/absent does not exist
t.conf:4:12: pid_file '$PWD/file/pid': the directory $PWD/file is not a directory"
  write t.conf <<<$'mode = unix\npath = s\ncontrol = /run/preforkd-absent/control'
  preforkd -t -c t.conf
  refused 0 "t.conf:3:11: warning: control '/run/preforkd-absent/control': the directory /run/preforkd-absent does not exist
t.conf: configuration ok"
  write t.conf <<<$'mode = inet\nport = 0\npath = absent/s'
  preforkd -t -c t.conf
  refused 0 "t.conf: configuration ok"
}

@test "-t starts nothing" {
  good
  preforkd -t -c t.conf
  refute test -e s
  refute test -e s.lock
}

@test "a bad file exits 78 with -t, with -T and without, and starts nothing" {
  write t.conf <<<$'mode = unix\npath = s\nworker = 1'
  for action in -t -T ''; do
    preforkd $action -c t.conf
    refused 78 "t.conf:3:1: unknown key 'worker'; did you mean 'workers'?"
  done
  refute test -e s
}

@test "errors go to standard error, all of the file at once" {
  write t.conf <<<$'mode = inet\nport = 70000\nworkers = 0\n[pool a\ncolour = red'
  "$BUILD/preforkd" -c t.conf 2>errors >output || status=$?
  assert_equal "$status" 78
  assert_equal "$(<output)" ""
  assert_equal "$(<errors)" "t.conf:2:8: port '70000' is too large (0 to 65535)
t.conf:3:11: workers '0' is too small (1 to 100000); with '0..16' none runs until a client connects
t.conf:4:1: expected [pool NAME]; the ']' is missing
t.conf:5:1: unknown key 'colour'"
}

@test "a missing key is reported at its section's header, or at 1:1" {
  write t.conf <<<$'\n\nworkers = 1'
  preforkd -t -c t.conf
  refused 78 "t.conf:1:1: pool 'main' needs 'mode': unix or inet"
  write t.conf <<<$'mode = inet\n\n  [pool web]'
  preforkd -t -c t.conf
  refused 78 "t.conf:3:3: pool 'web' needs 'port' in inet mode"
}

@test "without -c, or with what it does not know, it exits 64" {
  good
  for words in '' -t -T '-x -c t.conf' '--nonsense -c t.conf' '-c' '-c t.conf extra' \
    '-c t.conf --ready-fd' '-c t.conf --ready-fd x' '-c t.conf --ready-fd 77' '-c t.conf -o'; do
    # shellcheck disable=SC2086 # words
    preforkd $words
    assert_equal "$status" 64 "exit status of 'preforkd $words'"
    assert_match "$output" .
  done
  refute test -e s
}

@test "-h and -V exit 0 and print to standard output" {
  preforkd -V 2>&-
  assert_equal "$status" 0
  assert_match "$output" '^preforkd [0-9]+\.[0-9]+\.[0-9]+$'
  preforkd -h 2>&-
  assert_equal "$status" 0
  assert_match "$output" '-c FILE'
}

@test "-t and -T to a full disk exit 71 and say so" {
  [[ -c /dev/full ]] || skip "no /dev/full"
  good
  for action in -t -T; do
    run bash -c '"$1" $2 -c t.conf 2>&1 >/dev/full' _ "$BUILD/preforkd" "$action"
    assert_equal "$status" 71 "exit status of $action"
    assert_match "$output" "No space left on device"
  done
}

@test "a file that is not there exits 78 with its name" {
  preforkd -c absent.conf
  refused 78 "absent.conf: cannot read it: No such file or directory"
}

@test "a directory exits 78 with its name" {
  mkdir d.conf
  preforkd -c d.conf
  refused 78 "d.conf: cannot read it: Is a directory"
}

@test "a file that may not be read exits 78 with its name" {
  good
  chmod 000 t.conf
  if [[ $EUID != 0 ]]; then
    preforkd -t -c t.conf
  else
    command -v setpriv >/dev/null || skip "root can read it, and there is no setpriv"
    cp "$BUILD/preforkd" preforkd # where the user nobody can reach it
    chmod 711 .
    run setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \
      ./preforkd -t -c "$BATS_TEST_TMPDIR/t.conf"
    if [[ $status == 12[67] || $output == *setpriv* ]]; then skip "nobody cannot come here"; fi
    output=${output//"$BATS_TEST_TMPDIR/"/}
  fi
  refused 78 "t.conf: cannot read it: Permission denied"
}

@test "a file without end exits 78 soon" {
  preforkd -c /dev/zero
  refused 78 "/dev/zero: cannot read it: File too large"
}

@test "an empty file exits 78" {
  : >t.conf
  preforkd -c t.conf
  refused 78 "t.conf:1:1: pool 'main' needs 'mode': unix or inet"
}

@test "a line of 1 MiB is read, and refused in one short line" {
  { printf 'mode = unix\npath = /' && head -c 1048576 /dev/zero | tr '\0' p; } >t.conf
  preforkd -c t.conf
  assert_equal "$status" 78
  assert_equal "${#lines[@]}" 1
  assert_match "$output" '^t\.conf:2:8: .* is too long .*1048577 bytes.* 107$'
  ((${#output} < 500))
}

@test "a NUL byte is refused at its place" {
  printf 'mode = unix\npath = a\0b\n' >t.conf
  preforkd -c t.conf
  assert_equal "$status" 78
  assert_match "$output" "t.conf:2:9: a control character \(0x00\)"
}

@test "CRLF line ends and a last line without one are fine" {
  printf '# on Windows\r\nmode = unix\r\n\r\npath = s' >t.conf
  preforkd -t -c t.conf
  refused 0 "t.conf: configuration ok"
}

@test "a path too long for sun_path is refused with its length and the limit" {
  local path
  printf -v path '/%0107d' 0
  write t.conf <<<"mode = unix"$'\n'"path = $path"
  preforkd -c t.conf
  refused 78 "t.conf:2:8: path '$path' is too long for a unix socket: 108 bytes, and the limit is 107"
  write t.conf <<<"mode = unix"$'\n'"path = ${path%?}"
  preforkd -t -c t.conf
  refused 0 "t.conf: configuration ok"
}

@test "a relative path is taken from the working directory, and counts with it" {
  mkdir sub
  cd sub
  write t.conf <<<$'mode = unix\npath = s'
  preforkd -T -c t.conf
  assert_match "$output" "path = $BATS_TEST_TMPDIR/sub/s  # t.conf:2"
  write t.conf <<<"mode = unix"$'\n'"path = $(printf '%0100d' 0)"
  preforkd -t -c t.conf
  assert_equal "$status" 78
  assert_match "$output" "$((101 + ${#PWD})) bytes, and the limit is 107"
}

@test "-T prints the effective values and where each came from" {
  write t.conf <<<$'mode = inet\nport = 0\nlog_level = info\n[pool a]\nworkers = 3\n[pool b]'
  preforkd -T -c t.conf -o b.backlog=7 -o idle_timeout=5s
  assert_equal "$status" 0
  for line in 'log_level = info  # t.conf:3' 'stop_timeout = 25s  # default' '[pool a]' \
    'workers = 3  # t.conf:5' 'port = 0  # t.conf:2' '[pool b]' 'workers = 16  # default' \
    'backlog = 511  # default' 'backlog = 7  # -o' 'idle_timeout = 5s  # -o'; do
    [[ $'\n'$output$'\n' == *$'\n'"$line"$'\n'* ]] || fail "no line '$line' in:" "$output"
  done
}

@test "the output of -T is a configuration that means the same" {
  write t.conf <<'CONF'
mode = unix
log = "a log # with blanks"
[pool a]
path = 's "quoted"'
service = echo
idle_timeout = none
[pool b]
mode = inet
address = *
port = 0
type = datagram
CONF
  "$BUILD/preforkd" -T -c t.conf >first.conf
  "$BUILD/preforkd" -T -c first.conf >second.conf
  "$BUILD/preforkd" -T -c second.conf >third.conf
  strip() { sed 's/  # [^#]*$//' "$1"; }
  assert_equal "$(strip second.conf)" "$(strip first.conf)"
  assert_equal "$(strip third.conf)" "$(strip first.conf)"
  refute cmp -s t.conf first.conf
}

@test "-o wins over the file, the last -o over the others, and POOL.KEY reaches one pool" {
  write t.conf <<<$'mode = inet\nport = 0\nworkers = 1\n[pool a]\nworkers = 2\n[pool b]'
  preforkd -T -c t.conf -o workers=3 -o workers=4 -o b.workers=5
  assert_equal "$(grep '^workers' <<<"$output")" $'workers = 4  # -o\nworkers = 5  # -o'
}

@test "a bad -o exits 78 and says which" {
  good
  preforkd -t -c t.conf -o workers=2 -o workers=x -o nobody.workers=1 -o worker=1
  refused 78 "-o:2:9: workers 'x' is not a whole number or a range such as 5..300 (1 to 100000)
-o:3:1: there is no pool 'nobody'
-o:4:1: unknown key 'worker'; did you mean 'workers'?"
}

@test "-o alone can say what is served where" {
  : >t.conf
  preforkd -t -c t.conf -o mode=unix -o path=@x
  refused 0 "t.conf: configuration ok"
}

@test "an unknown service is refused with the names of those there are" {
  good
  preforkd -t -c t.conf -o service=web
  assert_equal "$status" 78
  assert_match "$output" "^-o:1:9: unknown service 'web'; the services are .*increment"
}

@test "the ready descriptor gets a newline, when every worker accepts" {
  good
  start_master <t.conf # which waits for it
  worker_count_is 16
  assert_equal "$(ask)" "char from server = B"
  assert_equal "$endpoint" "unix:$BATS_TEST_TMPDIR/s"
}

@test "the examples in conf/ are good configurations of their modes" {
  for mode in unix inet; do
    preforkd -t -c "$BATS_TEST_DIRNAME/../conf/$mode.conf"
    assert_equal "$status" 0 "exit status for $mode.conf: $output"
    preforkd -T -c "$BATS_TEST_DIRNAME/../conf/$mode.conf"
    assert_match "$output" "mode = $mode  # "
  done
}

@test "the examples have the article's names" {
  preforkd -T -c "$BATS_TEST_DIRNAME/../conf/unix.conf"
  assert_match "$output" "path = $BATS_TEST_TMPDIR/server_socket  # "
  preforkd -T -c "$BATS_TEST_DIRNAME/../conf/inet.conf"
  assert_match "$output" "address = 127.0.0.1  # "
  assert_match "$output" "port = 9734  # "
}

@test "forty thousand pools are read at once, and two of one name or one path are found among them" {
  { echo 'mode = unix' && seq 40000 | sed 's|.*|[pool p&]\npath = /s&|'; } >t.conf
  # In processor time, which a busy machine does not lengthen; to compare each with each would take 11 s.
  run bash -c 'ulimit -t 5 && exec "$@"' bash "$BUILD/preforkd" -t -c t.conf 3>&-
  refused 0 't.conf: configuration ok'
  printf '%s\n' '[pool p7]' '[pool last]' 'path = /s39999' >>t.conf
  run bash -c 'ulimit -t 5 && exec "$@"' bash "$BUILD/preforkd" -t -c t.conf 3>&-
  refused 78 "t.conf:80002:7: pool 'p7' exists already, in line 14
t.conf:80003:1: pool 'last' has the address of pool 'p39999'"
}
