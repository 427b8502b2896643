#!/usr/bin/env bats
# Services that are shared objects: how they serve, when they are loaded, and what is refused. tests/modules has some;
# trial.so misbehaves by the name that its file has, or by the word that its client sends.

# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # helpers set them; each test has its own subshell

load helpers/common
load helpers/identity
load helpers/module
load helpers/reload

# serve_trial NAME [KEY=VALUE...]: trial.so by that name, with one worker.
serve_trial() {
  place trial "$1.so"
  serve unix workers=1 control=control service=module module="$modules/$1.so" requests_per_connection=1000 "${@:2}"
}

# maps PID: how many mappings of modules the process has.
maps() {
  grep -c '/m\.so$' "/proc/$1/maps" || true
}

@test "a module serves streams and datagrams, beside another one of its name, and the master has none of them" {
  mkdir "$modules"/{one,two}
  chmod 711 "$modules"/{one,two}
  place upper one/m.so
  place trial two/m.so
  start_master <<CONF
control = control
service = module
module = $modules/one/m.so
workers = 1
[pool unix]
mode = unix
path = s
[pool inet]
mode = inet
port = 0
[pool udp]
mode = inet
type = datagram
port = 0
[pool dgram]
mode = unix
type = datagram
path = d
user = root
[pool long]
mode = inet
type = datagram
port = 0
module = $modules/two/m.so
[pool other]
mode = unix
path = o
module = $modules/two/m.so
[pool built]
mode = unix
path = b
service = echo
module = none
CONF
  for pool in unix inet; do
    use_master master $pool
    assert_equal "$(ask aBc1)" ABC1 $pool
  done
  for pool in udp dgram; do
    use_master master $pool
    assert_equal "$(ask --datagram aBc1)" ABC1 $pool
  done
  use_master master long
  assert_equal "$(ask --datagram a)" '2 1' "the family of the peer, and whether its address has a length"
  refute ask --datagram --timeout 100ms long # more than there is room for
  assert_equal "$(ask --datagram a)" '2 1'
  use_master master other
  assert_equal "$(ask aBc1)" m
  use_master master built
  assert_equal "$(ask aBc1)" aBc1
  assert_equal "$(maps "$master")" 0 "mappings in the master"
  none_is_open
  log_has 'cannot keep the file' || readlink "/proc/$master/fd"/* | grep -q "^$modules/"
  assert_equal "$(for pid in $(workers); do maps "$pid"; done | grep -vc '^0$')" 6 "workers that have a module"
}

@test "what a module says of its client holds for defer_accept: one that is silent occupies no worker" {
  place upper upper.so
  serve inet workers=1 service=module module="$modules/upper.so"
  begin_call silent connect say:in wait
  heard silent in
  assert_equal "$(ask a)" A
  let_go silent
  end_call silent
}

# is_refused FILE REASON [KEY=VALUE...]: as the module of a pool, by -t.
is_refused() {
  run timeout 20 "$BUILD/preforkd" -t -c refused.conf -o "module=$modules/$1" "${@:3}" 3>&-
  assert_equal "$status" 78 "$1"
  assert_match "$output" "^(preforkd\\[[0-9]+\\]: pool main: [a-z]+ starts in pool main
)?-o:1:8: module '$modules/$1' $2( \(as user nobody\))?\$"
}

@test "what is no module, or does not start, is refused with its reason" {
  local name
  printf 'mode = unix\npath = s\nservice = module\n' >refused.conf
  for name in exit crash abi neither fail threads; do
    place trial $name.so
  done
  place undefined undefined.so
  place counter counter.so
  mkfifo "$modules/fifo"
  : >"$modules/empty"
  echo text >"$modules/text"
  head -c 200 "$modules/fail.so" >"$modules/cut"
  place trial machine.so
  printf '\x02\x01' | dd of="$modules/machine.so" bs=1 seek=18 conv=notrunc 2>/dev/null
  is_refused missing.so 'cannot be loaded: No such file or directory'
  is_refused fifo 'cannot be loaded: it is not a regular file'
  is_refused text 'cannot be loaded: it is not a shared object, nor any ELF file'
  is_refused empty 'cannot be loaded: it is not a shared object, nor any ELF file'
  is_refused cut 'cannot be loaded: .+'
  is_refused machine.so 'cannot be loaded: it was built for another kind of machine'
  is_refused undefined.so 'cannot be loaded: .*defined_nowhere.*'
  is_refused exit.so 'could not be checked: its process exited with status 0'
  is_refused crash.so 'could not be checked: killed by SIGSEGV'
  is_refused abi.so 'was built for interface -1, and this preforkd has interface 1: build it again'
  is_refused neither.so 'has no streams: its stream\(\) is NULL'
  is_refused counter.so 'has no datagrams: its datagram\(\) is NULL' -o type=datagram
  is_refused fail.so 'does not start: the database\?is not there'
  is_refused threads.so "has started threads, which the sandbox would not hold: it needs 'sandbox = off'"
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/threads.so" -o sandbox=off 3>&-
  assert_equal "$status" 0
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/threads.so" -o sandbox=log 3>&-
  assert_equal "$status" 0
  assert_match "$output" "module '$modules/threads.so' has started threads: what these call is not logged"
  if "$bin/without" unshare true; then
    run "$bin/without" unshare "$BUILD/preforkd" -t -c refused.conf -o module="$modules/threads.so" 3>&-
    assert_match "$output" "has started threads, which the sandbox would not hold"
    place upper upper.so
    "$bin/without" unshare "$BUILD/preforkd" -t -c refused.conf -o module="$modules/upper.so" 3>&-
  fi
  cp "$(ldd "$BUILD/preforkd" | sed -n 's/.*libc\.so.* => \([^ ]*\).*/\1/p')" "$modules/libc.so"
  is_refused libc.so 'is not one of preforkd: it does not define preforkd_service'
  each_is_refused <<'END'
mode = unix\npath = s\nservice = module\n|1:1: pool 'main' needs 'module': the shared object, where the service is 'module'
mode = unix\npath = s\nservice = module\nmodule = none\n|4:10: module is 'none', and the service is 'module'
END
}

@test "a reload takes the file as it is now, and one that cannot be loaded is refused at a reload and at a start" {
  place upper m.so
  serve unix workers=2 control=control service=module module="$modules/m.so"
  assert_equal "$(ask a)" A
  place trial m.so
  assert_equal "$(ask a)" A
  reload
  assert_equal "$(ask a)" m
  place undefined m.so
  reload 1
  assert_match "$output" "module '$modules/m.so' cannot be loaded: .*defined_nowhere"
  assert_equal "$(ask a)" m
  refuse_master 78 <<<"mode = unix"$'\npath = t\nservice = module\n'"module = $modules/m.so"
  assert_match "$output" "module '$modules/m.so' cannot be loaded: .*defined_nowhere"
  place upper m.so
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  assert_equal "$(ask a)" A
}

@test "a worker that is killed at stop_timeout in its module's stop is named in the log" {
  local hung
  place trial m.so
  start_master <<<"$(printf '%s\n' 'control = control' 'mode = unix' 'path = s' 'workers = 1' 'service = module' "module = $modules/m.so" 'stop_timeout = none')"
  hung=$(worker)
  assert_equal "$(ask stick)" m
  reload
  wait_for 10 log_has 'pool main: m sticks$'
  sed -i 's/^stop_timeout.*/stop_timeout = 0/' master.conf
  reload
  wait_for 10 log_has "worker $hung \\(pool main, slot 0\\): its module's stop has not returned( within 5 s)?: killed\$"
  log_has 'pool main: stop_timeout is over for generation 1: 0 connections cut$'
}

@test "what the start has opened works within the sandbox, a later open does not, and a worker that leaves stops its module" {
  "$bin/without" nothing true || skip 'the kernel filters no system calls'
  echo begun >trial_file
  chmod 666 trial_file
  serve_trial files
  assert_equal "$(ask use)" used
  # What AddressSanitizer does itself is allowed.
  is_sanitized || assert_equal "$(ask open)" 'Permission denied'
  log_has 'pool main: files starts in pool main$'
  wait_for 10 log_has 'printed$' # by the start, to standard output
  stop_master
  assert_equal "$(<trial_file)" xstopped
  serve_trial files sandbox=off max_per_source=8
  assert_equal "$(ask open)" opened
  assert_equal "$(ask table)" 'the same' "the operations that start and stream get"
}

@test "a module that crashes or ends its process loses its own client alone" {
  expected='killed by SIGSEGV'
  sanitizers_leave detect_leaks=0 # exit(3) would look for leaks, by a call that the sandbox does not have
  serve_trial trial workers=2
  begin_call other connect send:one expect:trial say:in wait send:two expect:trial
  heard other in
  refute ask crash
  refute ask exit
  let_go other
  end_call other
  assert_equal "$(ask one)" trial
}

# signals_of PID: what the process blocks, ignores and handles.
signals_of() {
  grep -E '^Sig(Blk|Ign|Cgt):' "/proc/$1/status"
}

@test "what a module has changed of signals when it starts is set right again" {
  local name built
  serve unix workers=1
  built=$(signals_of "$(worker)")
  stop_master
  for name in early signals; do
    serve_trial $name workers=3 idle_timeout=50ms
    for pid in $(workers); do
      assert_equal "$(signals_of "$pid")" "$built" $name
    done
    begin_call idler connect send:a expect:$name eof # cut by its deadline
    end_call idler
    "$BUILD/preforkctl" -s control scale 1 3>&-
    wait_for 10 worker_count_is 1
    stop_master
    : >"$log"
  done
}

# is_defunct PID: whether the process has ended, though its parent has not asked.
is_defunct() {
  [[ ! -e /proc/$1/status ]] || grep -q '^State:.Z' "/proc/$1/status"
}

@test "a process that a module forks in its start, and that returns as well, serves nothing" {
  local pid
  serve_trial forks sandbox=off
  pid=$(worker)
  for child in $(<"/proc/$pid/task/$pid/children"); do
    wait_for 10 is_defunct "$child"
  done
  assert_equal "$(ask a)" forks
}

@test "a module is loaded with the user of its pool, and from the host where the pool has a root directory" {
  need_root
  printf 'mode = unix\npath = s\nservice = module\n' >refused.conf
  place trial root.so
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/root.so" -o user=root 3>&-
  assert_match "$output" 'built for interface -2' # it could become root
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/root.so" 3>&-
  assert_equal "$status" 0
  chmod 600 "$modules/root.so"
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/root.so" 3>&-
  assert_match "$output" "module '$modules/root.so' cannot be loaded: Permission denied \(as user nobody\)\$"
  mkdir jail
  serve_trial inside chroot="$PWD/jail"
  assert_equal "$(ask a)" inside
  assert_equal "$(readlink "/proc/$(worker)/root")" "$PWD/jail"
  assert_equal "$(stat -c %U "/proc/$(worker)")" nobody
}

@test "a preforkd that is linked statically says that it loads no modules" {
  [[ ! -e $bin/modules/trial.so ]] || skip 'it is linked dynamically'
  refuse_master 78 <<<"mode = unix"$'\npath = s\nservice = module\n'"module = $modules/m.so"
  assert_match "$output" "module '$modules/m.so' cannot be loaded: this preforkd is linked statically, and loads none"
  run "$BUILD/preforkd" -t -c refused.conf 3>&-
  assert_equal "$status" 78
}

@test "a module is tried with what its worker has, and what it prints, shares or leaves running harms no check" {
  local name
  printf 'mode = unix\npath = s\nservice = module\nlimit_files = 99\n' >refused.conf
  for name in bytes state scribble; do
    place trial $name.so
  done
  place trial count.so
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/state.so" 3>&-
  assert_match "$output" "state\.so' does not start: 0 blocked, SIGPIPE ignored, 99 files, input a device"
  is_refused scribble.so 'could not be checked: killed by SIGSEGV'
  is_refused bytes.so 'does not start: a\?bÄ'
  run bash -c '"$1" -t -c refused.conf -o module="$2" 2>/dev/null' _ "$BUILD/preforkd" "$modules/state.so" 3>&-
  assert_equal "$output" ''
  printf '[pool %s]\npath = %s\n' one one two two >>refused.conf
  printf '[pool three]\npath = three\ntype = datagram\n' >>refused.conf
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/count.so" 3>&-
  assert_equal "$status" 0
  assert_equal "$(grep -o 'starts in pool.*' <<<"$output" | xargs)" 'starts in pool one starts in pool three' 'the trials'
}

@test "with a log file, a module that a reload tries has none of the log's descriptors among its own" {
  echo begun >trial_file
  chmod 666 trial_file
  serve_trial writes log="$PWD/log_file"
  reload
  assert_equal "$(<trial_file)" stopped # by the trials, each at the beginning
  log_has 'pool main: writes has opened its files$'
}

@test "with a root directory, a module is looked for outside of it, and started inside" {
  need_root
  mkdir jail
  printf 'mode = unix\npath = s\nservice = module\nchroot = %s\n' "$PWD/jail" >refused.conf
  place trial fail.so
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/missing.so" 3>&-
  assert_match "$output" "cannot be loaded: No such file or directory \(as user nobody\)\$"
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/fail.so" 3>&-
  assert_match "$output" "does not start: .* \(as user nobody, in chroot $PWD/jail\)\$"
}
