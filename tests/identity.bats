#!/usr/bin/env bats
# With whose rights a pool runs: the keys user, group, chroot and umask, and what byte services started as root have
# without them.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/identity
load helpers/program
load helpers/upgrade

# What a program says of itself, once it has read a line.
says='echo "$(id -u) $(id -g) $(id -G | tr " " "\n" | sort -n | paste -sd,) $(umask) $PWD"; echo complaint >/dev/stderr'

# Print real and effective user, real and effective group, and the supplementary groups of PID. Musl's getgrouplist(3)
# names a group twice that is the primary one as well.
identity() { # PID
  awk '/^[UG]id:/ { printf "%s:%s ", $2, $3 }
    /^Groups:/ { for (i = 2; i <= NF; i++) if (!seen[$i]++) printf "%s%s", (i > 2 ? " " : ""), $i; print "" }' "/proc/$1/status"
}

# Print the identities of all workers, each once.
identities() {
  local pid
  for pid in $(workers); do
    identity "$pid"
  done | sort -u
}

identities_are() { # IDENTITY
  [[ $(identities) == "$1" ]]
}

# through_changes IDENTITY: all workers have it now, after a reload and after an upgrade, and serve; the master does not.
through_changes() {
  local own
  own=$(identity "$master")
  assert_equal "$(identities)" "$1"
  assert_equal "$(ask)" 'char from server = B'
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 10 identities_are "$1" # the earlier ones have the same
  assert_equal "$(ask)" 'char from server = B'
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  assert_equal "$(identities)" "$1"
  assert_equal "$(identity "$master")" "$own"
  assert_equal "$(ask)" 'char from server = B'
}

@test "byte services that root starts are nobody, with its group alone, through reload and upgrade, on unix and inet" {
  need_root
  nobody="$(id -u nobody):$(id -u nobody) $(id -g nobody):$(id -g nobody) $(id -g nobody)"
  for mode in unix inet; do
    serve $mode control=control pid_file=pid
    own=$(identity "$master")
    through_changes "$nobody"
    assert_equal "${own%% *}" 0:0
    for pid in $(workers); do
      assert_equal "$(awk '/^Cap(Inh|Prm|Eff|Amb)/ { print $2 }' "/proc/$pid/status" | sort -u)" 0000000000000000
    done
    assert_equal "$(figure user)" '"nobody"'
    "$BUILD/preforkctl" -s control status 3>&- | grep -qx "main on $mode:.* as user nobody.*"
    assert_equal "$(stat -c %u control pid | sort -u)" 0
    stop_master
    : >"$log"
  done
}

@test "user, group and the user's other groups are those of the data base, by name and by number" {
  need_root
  printf '%s\n' root:x:0:0::/:/bin/sh nobody:x:65534:65534::/:/bin/false www:x:64910:64911::/:/bin/false >passwd
  printf '%s\n' root:x:0: nogroup:x:65534: www:x:64911: media:x:64912:www tape:x:64913:root,www >group
  runner=(unshare --mount sh -c 'mount --bind passwd /etc/passwd && mount --bind group /etc/group && exec "$@"' sh)
  "${runner[@]}" true 2>/dev/null || skip 'no other data base of users can be mounted here'
  start_master <<'END'
control = control
workers = 1
[pool a]
mode = unix
path = a
user = www
[pool b]
mode = unix
path = b
user = 64910
group = media
[pool c]
mode = unix
path = c
user = 64920
group = 64921
[pool d]
mode = unix
path = d
group = www
[pool e]
mode = unix
path = e
user = root
[pool f]
mode = unix
path = f
user = root
group = tape
END
  expected='0:0 0:0 0 64913
0:0 64913:64913 64913
64910:64910 64911:64911 64911 64912 64913
64910:64910 64912:64912 64912 64913
64920:64920 64921:64921 64921
65534:65534 64911:64911 64911'
  assert_equal "$(identities)" "$expected"
  run "${runner[@]}" "$BUILD/preforkd" -T -c master.conf 3>&-
  assert_equal "$(grep -E '^(user|group) = ' <<<"$output" | sed 's/  #.*//' | paste -sd' ')" \
    'user = www group = www user = 64910 group = media user = 64920 group = 64921 user = nobody group = www user = root group = root user = root group = tape'
  assert_equal "$(figure user | paste -sd' ')" '"www" "64910" "64920" "nobody" "root" "root"'
}

@test "byte services are root where user = root says so, and without capabilities of a user that has some" {
  need_root
  serve unix user=root
  assert_equal "$(identities | cut -d' ' -f1)" 0:0
  refute log_has root
  stop_master
  as_user 64900 --inh-caps=+net_bind_service --ambient-caps=+net_bind_service
  serve inet
  assert_equal "$(identities)" '64900:64900 64900:64900 '
  assert_equal "$(awk '/^CapEff/ { print $2 }' "/proc/$master/status")" 0000000000000400
  for pid in $(workers); do
    assert_equal "$(awk '/^Cap(Inh|Prm|Eff|Amb)/ { print $2 }' "/proc/$pid/status" | sort -u)" 0000000000000000
  done
}

# Set $low to a port that root alone may bind, and that is free.
find_low_port() {
  (($(</proc/sys/net/ipv4/ip_unprivileged_port_start) >= 1024)) || skip 'every user may bind every port here'
  for low in {80..99}; do
    (exec 5<>"/dev/tcp/127.0.0.1/$low") 2>/dev/null || return 0
  done
  skip 'no port is free'
}

@test "other processes of a worker's user see neither its memory nor its descriptors" {
  local pid as_user=(setpriv --reuid=daemon --regid=daemon --clear-groups)
  need_root
  command -v setpriv >/dev/null || skip 'no setpriv'
  serve unix user=daemon workers=1
  pid=$(worker)
  "${as_user[@]}" cat /proc/self/environ >own
  for file in environ mem maps; do
    refute "${as_user[@]}" head -c 1 "/proc/$pid/$file" >bytes 2>refused
    grep -q 'Permission denied' refused
  done
  refute "${as_user[@]}" ls "/proc/$pid/fd" 2>refused
}

@test "with the capability to bind low ports, and without root, a port below 1024 is bound, and kept by a reload" {
  need_root
  find_low_port
  as_user 64900 --inh-caps=+net_bind_service --ambient-caps=+net_bind_service
  serve inet port="$low" control=@"$BATS_TEST_TMPDIR"
  assert_equal "$(ask)" 'char from server = B'
  "$BUILD/preforkctl" -s @"$BATS_TEST_TMPDIR" reload 3>&-
  assert_equal "$(ask)" 'char from server = B'
  stop_master
  runner=(setpriv --reuid=64900 --regid=64900 --clear-groups)
  run timeout 20 "${runner[@]}" ./preforkd -c master.conf -oport="$low" 3>&-
  assert_equal "$status" 77
}

@test "not started as root, user and group are ignored, and a notice says so; byte services keep their user" {
  if ((EUID == 0)); then
    as_user 64900
  fi
  serve inet user=nobody
  assert_equal "$(identities)" "$(identity "$master")"
  log_has "pool main: 'user' and 'group' are ignored, because preforkd is not root"
  assert_equal "$(grep -c ignored "$log")" 1
  run "${runner[@]}" "${preforkd:-$BUILD/preforkd}" -t -c master.conf -o user=nobody
  assert_match "$output" "^-o:1:6: warning: pool main: 'user' and 'group' are ignored, because preforkd is not root"
  assert_match "$output" 'master.conf: configuration ok$'
  stop_master
  : >"$log"
  serve inet
  refute log_has ignored
}

@test "programs of each kind have user, groups and umask, and may open their standard error" {
  need_root
  daemon="$(id -u daemon) $(id -g daemon) $(id -G daemon | tr ' ' '\n' | sort -n | paste -sd,)"
  for kind in 'call unix' 'call inet' 'warm unix' 'warm inet'; do
    run_program "${kind#* }" "sh -c 'read -r x; $says'" start="${kind% *}" user=daemon umask=0027
    assert_equal "$(converse 'x\n')" "$daemon 0027 /" "of $kind"
    wait_for 5 log_has 'program [0-9]+ \(pool main\): complaint'
    assert_equal "$(figure user)" '"daemon"'
    stop_master
    : >"$log"
  done
  run_program inet "sh -c '$says'" type=datagram user=daemon
  assert_equal "$("$BUILD/preforkcall" --datagram "$endpoint" x 3>&-)" "$daemon $(umask) /"
  wait_for 5 log_has 'program [0-9]+ \(pool main\): complaint'
  stop_master
  : >"$log"
  run_program unix "sh -c 'echo complaint >/dev/stderr; exec tail -f /dev/null'" start=resident ready_after=50ms \
    user=daemon umask=0027
  assert_equal "$(identities)" "$(identity "$(worker)")"
  assert_match "$(identity "$(worker)")" "^$(id -u daemon):$(id -u daemon) "
  assert_equal "$(awk '/^Umask/ { print $2 }' "/proc/$(worker)/status")" 0027
  wait_for 5 log_has 'program [0-9]+ \(pool main\): complaint'
  old=$(worker)
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 has_ended "$old" # the master may end what another user has
  assert_match "$(identity "$(worker)")" "^$(id -u daemon):$(id -u daemon) "
}

@test "a program of another user is ended at a deadline, with its group, and by the death of its worker or its master" {
  need_root
  run_program unix "sh -c 'tail -f /dev/null & echo \$!; tail -f /dev/null'" user=daemon workers=1 max_connection_time=300ms kill_after=100ms
  other=$(converse '')
  wait_for 5 figure_is programs_signalled 1
  wait_for 5 has_ended "$other"
  stop_master
  serve unix service=program command='tail -f /dev/null' user=daemon workers=1
  begin_call one connect eof
  wait_for 5 program_count_is 1
  pid=$(programs)
  expected='killed by SIGKILL'
  kill -KILL "$(worker)"
  wait_for 5 has_ended "$pid"
  end_call one
  stop_master
  run_program unix 'tail -f /dev/null' user=daemon workers=1 start=resident ready_after=10ms
  pid=$(worker)
  kill_master
  wait_for 5 has_ended "$pid"
}

@test "programs that root starts without a user are root's, and one warning says so; user = root is none" {
  need_root
  start_master <<'END'
control = control
idle_timeout = none
service = program
workers = 1
command = id -u
[pool a]
mode = unix
path = a
[pool b]
mode = inet
port = 0
[pool c]
mode = unix
path = c
user = root
END
  assert_equal "$("$BUILD/preforkcall" unix:a x 3>&-)" 0
  assert_equal "$(grep -c "pool a and 1 more: programs run as root, because no 'user' is set" "$log")" 1
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 log_has_twice 'run as root'
  run "$BUILD/preforkd" -t -c master.conf
  assert_equal "$output" "master.conf:5:11: warning: pool a and 1 more: programs run as root, because no 'user' is set
master.conf: configuration ok"
}

log_has_twice() { # REGEX
  (($(grep -Ec "$1" "$log") == 2))
}

@test "chroot is the root directory of workers, through reload and upgrade, and of programs, which are looked up there" {
  need_root
  mkdir empty
  for mode in unix inet; do
    serve $mode control=control chroot=empty user=daemon
    assert_equal "$(for pid in $(workers); do readlink "/proc/$pid/root" "/proc/$pid/cwd"; done | sort -u)" "$PWD/empty"
    through_changes "$(identity "$(worker)")"
    assert_equal "$(for pid in $(workers); do readlink "/proc/$pid/root" "/proc/$pid/cwd"; done | sort -u)" "$PWD/empty"
    stop_master
    : >"$log"
  done
  make_jail sh ls tail
  mkdir jail/here
  for start in call warm; do
    run_program unix "sh -c 'read x; ls /'" start=$start chroot=jail user=daemon directory=/here
    converse 'x\n' >listed
    grep -x here listed
    refute grep -x proc listed
    stop_master
  done
  touch jail/here/file
  run_program inet 'ls /' type=datagram chroot=jail user=daemon
  "$BUILD/preforkcall" --datagram "$endpoint" x 3>&- >listed
  grep -x here listed
  refute grep -x proc listed
  stop_master
  run_program unix "sh -c 'ls /here >&2; exec tail -f /here/file'" start=resident ready_after=50ms chroot=jail user=daemon \
    workers=1
  for generation in 1 2; do
    pid=$(worker)
    assert_equal "$(readlink "/proc/$pid/root")" "$PWD/jail"
    assert_match "$(identity "$pid")" "^$(id -u daemon):$(id -u daemon) "
    wait_for 5 log_has "program $pid \(pool main\): file"
    "$BUILD/preforkctl" -s control reload 3>&-
    wait_for 5 worker_is_other_than "$pid"
  done
}

@test "with chroot, a command is looked up as links lead there, and not as they lead outside" {
  need_root
  make_jail sh
  printf '%s\n' '#!/bin/sh' 'echo here' >jail/here-alone
  chmod 755 jail/here-alone
  ln -s /usr/programs jail/bin/more
  mkdir -p jail/usr/programs
  ln -s /here-alone jail/usr/programs/linked
  ln -s "$(command -v env)" jail/bin/outside
  export PATH=/bin/more:$PATH
  run_program inet linked chroot=jail user=daemon
  assert_equal "$(converse '')" here
  run "$BUILD/preforkd" -t -c master.conf -o service=program -o chroot=jail -o command=outside 3>&-
  assert_equal "$output" "-o:3:9: command 'outside' is not found in PATH (in chroot $PWD/jail)"
}

@test "a master that may not look into its workers says that it does not know where one waits" {
  need_root
  command -v setpriv >/dev/null || skip 'no setpriv'
  runner=(setpriv --bounding-set=-sys_ptrace)
  serve unix workers=1 idle_timeout=200ms
  begin_call one connect eof
  end_call one
  wait_for 5 log_has 'idle_timeout is over, connection cut: .*; wchan \?, syscall \?$'
}

@test "a unix datagram is answered to an abstract name; to a socket file only where the user may write; -t warns" {
  need_root
  start_master <<<$'mode = unix\ntype = datagram\npath = d\nworkers = 1\ncontrol = control\nservice = echo'
  run timeout 20 "$bin/client" "dgram:$socket" from:@"$BATS_TEST_TMPDIR" connect send:A expect:A 3>&-
  assert_equal "$status" 0 "$output"
  umask 077
  run timeout 20 "$bin/client" "dgram:$socket" from:closed connect send:A 3>&-
  wait_for 5 figure_is dropped 1
  run "$BUILD/preforkd" -t -c master.conf
  assert_equal "$output" "master.conf:1:1: warning: pool main: a client gets no answer unless user nobody may write to its socket file
master.conf: configuration ok"
}
