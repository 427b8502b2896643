#!/usr/bin/env bats
# Reading the file again: a child does it, and nothing that the file can do to a process that reads
# it happens to the master.

load helpers/common
load helpers/trace

ctl() {
  "$BUILD/preforkctl" -s ctl "$@"
}

serve_control() {
  serve unix control=ctl
}

# pools NUMBER: print a section for each of so many pools.
pools() {
  seq "$1" | sed 's/.*/[pool p&]\npath = p&/'
}

# The child that reads, while it does.
reader() {
  local pid
  for pid in $(workers); do
    [[ $(<"/proc/$pid/comm") != preforkd-config ]] || echo "$pid"
  done 2>/dev/null
}

reads() {
  [[ $(reader) ]]
}

@test "while a large file is read, the control socket answers and clients are served" {
  serve_control
  { cat master.conf && pools 40000 && echo 'worker = 1'; } >large
  mv large master.conf
  kill -HUP "$master"
  wait_for 5 reads
  reading=$(reader)
  kill -STOP "$reading" # or it might be done by then
  run -0 ctl ping
  assert_equal "$(ask)" "char from server = B"
  refute log_has 'not reloaded'
  kill -CONT "$reading"
  wait_for 30 log_has "not reloaded: master.conf:.*unknown key 'worker'"
}

@test "a reader that is killed, or runs out of memory, refuses the reload and no more" {
  serve_control
  cp master.conf good
  { cat good && pools 40000; } >master.conf
  kill -HUP "$master"
  wait_for 5 reads
  kill -KILL "$(reader)"
  wait_for 5 log_has 'not reloaded: the process that read the configuration was killed by SIGKILL'
  assert_equal "$(ask)" "char from server = B"
  cp good master.conf
  run -0 ctl reload
}

@test "with no memory for what is wrong in the file, the reload is refused and the master runs on" {
  command -v prlimit >/dev/null || skip "there is no prlimit"
  ! is_sanitized || skip "a sanitizer takes all addresses"
  local size
  serve_control
  cp master.conf good
  { cat good && pools 10000; } >master.conf
  size=$(awk '$1 == "VmSize:" { print $2 * 1024 }' "/proc/$master/status")
  # The text has 8 MB of room, and 10,000 sections need 10 MB.
  prlimit --pid "$master" --as=$((size + (9 << 20)))
  run -1 ctl reload
  assert_match "$output" 'no memory to read the configuration'
  assert_equal "$(ask)" "char from server = B"
  cp good master.conf
  run -0 ctl reload
}

@test "a stop while the file is read is not held up, and the reader goes with it" {
  local pid
  serve_control
  { cat master.conf && pools 40000; } >large
  mv large master.conf
  kill -HUP "$master"
  wait_for 5 reads
  pid=$(reader)
  stop_master
  wait_for 5 has_ended "$pid"
  log_has 'not reloaded: the master is stopping'
}

@test "the master looks up no user and no group: the reader does" {
  [[ $EUID == 0 ]] || skip "only root may give a socket away"
  sanitizers_leave detect_leaks=0
  serve_control
  printf '%s\n' 'socket_owner = daemon' 'socket_group = daemon' | cat - master.conf >new
  mv new master.conf
  trace "$master" -e 'trace=?open,openat'
  run -0 ctl reload
  end_trace
  assert_equal "$(stat -c %U:%G s)" daemon:daemon
  refute grep -E "/etc/(passwd|group|nsswitch)" trace.out
  sed -i 's/= daemon/= nobody-of-that-name/' master.conf
  run -1 ctl reload
  assert_match "$output" "master.conf:1:16: socket_owner 'nobody-of-that-name': no such user"
}

@test "more than 1,000 errors are counted, not kept" {
  serve_control
  { cat master.conf && yes 'worker = 1' | head -n 3000; } >large
  mv large master.conf
  kill -HUP "$master"
  wait_for 10 log_has 'not reloaded: and 2000 more errors'
}
