#!/usr/bin/env bats
# What is refused of user, group, chroot and umask, by -t or by a reload.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2034 # helpers set them; each test has its own subshell

load helpers/common
load helpers/identity
load helpers/trace
load helpers/upgrade

# refused MESSAGE KEY=VALUE...: -t refuses that of a unix pool, with the message at the end of its line.
refused() {
  local message=$1 line
  shift
  printf 'mode = unix\npath = s\n' >refused.conf
  printf '%s\n' "$@" >>refused.conf
  run "$BUILD/preforkd" -t -c refused.conf 3>&-
  assert_equal "$status" 78 "with '$output', the exit status"
  grep -vF ': warning: ' <<<"$output" >errors
  assert_equal "$(<errors)" "refused.conf:$message"
}

@test "users and groups that do not exist are errors, with their place; so is a umask or a chroot that is none" {
  refused "3:8: user 'no-such-user': no such user" 'user = no-such-user'
  refused "3:8: user 'nobody nogroup': no such user; its group has a key of its own, 'group'" 'user = nobody nogroup'
  refused "3:8: user 'nobody:nogroup': no such user; its group has a key of its own, 'group'" 'user = nobody:nogroup'
  refused "3:8: user '64999' is not in the user data base, which would say its group: set 'group' as well" 'user = 64999'
  refused "3:8: user '4294967295': no such user" 'user = 4294967295'
  refused "3:9: group 'no-such-group': no such group" 'group = no-such-group'
  refused "3:9: umask '0888' is not an octal file mode such as 0660 or none" 'umask = 0888'
  refused "3:1: unknown key 'usr'; did you mean 'user'?" 'usr = nobody'
  refused "3:1: unknown key 'uid'; 'user' does that, and 'group'" 'uid = 33'
  refused "4:10: chroot does not go with unix datagrams: from another root directory pool 'main' could not find the socket files of its clients" \
    'type = datagram' 'chroot = /'
  refused "3:10: cannot make $PWD/none-such the root directory: No such file or directory" 'chroot = none-such'
  touch file
  refused "3:10: cannot make $PWD/file the root directory: Not a directory" 'chroot = file'
  if ((EUID != 0)); then
    refused "3:10: cannot make / the root directory: Operation not permitted" 'chroot = /'
  fi
}

@test "a chroot without the program, its loader or its directory is refused, as is a program out of the user's reach" {
  need_root
  mkdir empty
  program=('service = program' 'chroot = empty')
  refused "5:11: command 'cat' is not found in PATH (in chroot $PWD/empty)" "${program[@]}" 'command = cat'
  refused "5:11: command '/bin/cat' cannot be executed: No such file or directory (as user daemon, in chroot $PWD/empty)" \
    "${program[@]}" 'command = /bin/cat' 'user = daemon'
  make_jail cat
  program=('service = program' 'chroot = jail' 'command = cat')
  refused "6:13: directory '/none': No such file or directory (in chroot $PWD/jail)" "${program[@]}" 'directory = /none'
  printf '%s\n' 'mode = unix' 'path = s' "${program[@]}" >good.conf
  run "$BUILD/preforkd" -t -c good.conf
  assert_equal "$status" 0 "$output"
  if ldd jail/bin/cat | grep -q ld-linux; then
    rm -r jail/lib*
    refused "5:11: command '/bin/cat' needs the loader '$(ldd /bin/cat | grep -o '/[^ ]*ld-linux[^ ]*')': No such file or directory (in chroot $PWD/jail)" \
      "${program[@]}"
    printf '\363\363' | dd of=jail/bin/cat bs=1 seek=18 conv=notrunc status=none # of another machine, for binfmt_misc
    run "$BUILD/preforkd" -t -c good.conf
    assert_equal "$status" 0 "$output"
  fi
  mkdir -m 700 closed
  cp "$(command -v cat)" closed/cat
  refused "4:11: command '$PWD/closed/cat' cannot be executed: Permission denied (as user daemon)" \
    'service = program' "command = $PWD/closed/cat" 'user = daemon'
  refused "6:13: directory '$PWD/closed': Permission denied (as user daemon)" \
    'service = program' "command = cat" 'user = daemon' "directory = $PWD/closed"
}

# refused_reload MESSAGE OPTION...: a master whose workers are root's, under setpriv with OPTION..., refuses to reload to
# another user, says why, and serves on.
refused_reload() {
  runner=(setpriv --reuid=0 --regid=0 --init-groups "${@:2}") # with no CAP_SETGID, root keeps the groups that it has
  start_master <<<$'mode = unix\npath = s\nworkers = 2\nuser = root\ncontrol = control'
  before=$(workers)
  sed -i 's/^user = .*/user = daemon/' master.conf
  run "$BUILD/preforkctl" -s control reload 3>&-
  assert_equal "$status" 1 "with '$output', the exit status"
  wait_for 5 log_has "$1"
  wait_for 10 workers_are "$before"
  assert_equal "$(ask)" 'char from server = B'
  stop_master
  : >"$log"
}

@test "a user that cannot be had, or that could become root again, is refused by -t, the start and a reload, with its place" {
  need_root
  command -v setpriv >/dev/null || skip 'no setpriv'
  daemon="daemon \($(id -u daemon)\)"
  place='not reloaded: master.conf:4:8:'
  for right in setuid:setresuid setgid:setgroups kill:; do
    reason="cannot become user $daemon, group $daemon: ${right#*:}\(2\): Operation not permitted"
    [[ $right != kill: ]] || reason="cannot signal processes of user $daemon, which takes CAP_KILL: kill\(2\): Operation not permitted"
    refused_reload "$place $reason" --bounding-set=-"${right%:*}"
    for test in '' -t; do
      run timeout 20 "${runner[@]}" "$BUILD/preforkd" $test -c master.conf 3>&-
      assert_equal "$status" 78 "of preforkd $test"
      assert_match "$output" "^master.conf:4:8: $reason\$"
    done
  done
  refused_reload "$place as user $daemon it could become root again, and must not serve" \
    --securebits=+no_setuid_fixup
  run "${runner[@]}" "$BUILD/preforkd" -t -c <(printf '%s\n' 'mode = unix' 'path = s') 3>&-
  assert_match "$output" "1:1: as user nobody .* could become root again"
  runner=(setpriv --bounding-set=-kill)
  run "${runner[@]}" "$BUILD/preforkd" -t -c <(printf '%s\n' 'mode = unix' 'path = s') 3>&-
  assert_match "$output" "1:1: cannot signal processes of user nobody "
  run "${runner[@]}" "$BUILD/preforkd" -t -c <(printf '%s\n' 'mode = unix' 'path = s' 'user = root') 3>&-
  assert_equal "$status" 0 "$output"
}

@test "where capset(2) is refused, byte services of a user with capabilities are refused, one without them has none to drop" {
  as_user 64900 --inh-caps=+net_bind_service --ambient-caps=+net_bind_service
  cp "$bin/without" without
  runner+=(./without capset)
  printf '%s\n' 'mode = inet' 'port = 0' 'service = program' 'command = true' >caps.conf
  run "${runner[@]}" "$preforkd" -t -c caps.conf 3>&-
  ((status != 77)) || skip 'the kernel has no filters'
  assert_equal "$status" 0 "of programs: $output"
  sed -i 's/^service.*/[pool a]\n&/; $ a [pool b]\nservice = echo' caps.conf
  for test in -t ''; do
    run timeout 20 "${runner[@]}" "$preforkd" $test -c caps.conf 3>&-
    assert_equal "$status" 78 "with '$output', the exit status"
    assert_equal "$output" 'caps.conf:6:1: cannot drop its capabilities, and must not serve: capset(2): Operation not permitted'
  done
  as_user 64900
  runner+=(./without capset)
  serve inet
  assert_equal "$(ask)" 'char from server = B'
}

# but_files: sets $files to a runner of masters that find users and groups in the two files alone.
but_files() {
  printf '%s\n' 'passwd: files' 'group: files' >nsswitch
  files=(unshare --mount sh -c 'mount --bind nsswitch /etc/nsswitch.conf && exec "$@"' sh)
  "${files[@]}" true 2>/dev/null || skip 'no other nsswitch.conf can be mounted here'
}

# fails FILE CALLS ERROR [WHEN]: sets $failing to options of strace(1) by which CALLS on FILE fail.
fails() {
  failing=(-f -P "$1" -e "trace=$2" -e "inject=$2:error=$3:when=${4-1+}")
}

# unknown LINE...: with $failing, -t and the start refuse unknown.conf, and say LINE...
unknown() {
  local mode
  for mode in -t ''; do
    run timeout 20 "${files[@]}" strace -o trace "${failing[@]}" "$BUILD/preforkd" $mode -c unknown.conf 3>&-
    assert_equal "$status" 78 "with '$output', the exit status"
    assert_equal "$(sed -n 's/^unknown.conf://p' <<<"$output" | sed 's,I/O error,Input/output error,')" "$(printf '%s\n' "$@")" "of ${failing[*]}"
  done
}

@test "users and groups that could not be looked up are refused with the reason, the default user too, by -t and the start" {
  need_root
  command -v strace >/dev/null && strace -o probe true 2>/dev/null || skip 'strace may not trace here'
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  but_files
  printf '%s\n' '[pool a]' 'mode = unix' 'path = a' 'user = daemon' 'socket_owner = daemon' 'allow = user:daemon' \
    '[pool b]' 'mode = unix' 'path = b' '[pool c]' 'mode = unix' 'path = c' "user = $(id -u daemon)" >unknown.conf
  fails /etc/passwd '?open,openat' EACCES
  unknown "4:8: user 'daemon': Permission denied" "5:16: socket_owner 'daemon': Permission denied" \
    "6:9: allow 'user:daemon': Permission denied" "7:1: user 'nobody', which is the default: Permission denied" \
    "13:8: user '$(id -u daemon)': Permission denied"
  printf '%s\n' '[pool a]' 'mode = unix' 'path = a' 'group = daemon' 'socket_group = daemon' 'allow = group:daemon' \
    '[pool b]' 'mode = unix' 'path = b' '[pool c]' 'mode = unix' 'path = c' 'user = daemon' >unknown.conf
  fails /etc/group '?open,openat' EACCES
  unknown "4:9: group 'daemon': Permission denied" "5:16: socket_group 'daemon': Permission denied" \
    "6:9: allow 'group:daemon': Permission denied" "7:1: the groups of user 'nobody': Permission denied" \
    "13:8: the groups of user 'daemon': Permission denied"
  printf '%s\n' 'mode = unix' 'path = a' 'user = daemon' >unknown.conf
  fails /etc/group read,readv EIO 2 # in getgrouplist(3), which is silent about it
  unknown "3:8: the groups of user 'daemon': Input/output error"
  printf '%s\n' 'mode = unix' 'path = a' >unknown.conf
  fails /etc/passwd read,readv EIO
  unknown "1:1: user 'nobody', which is the default: Input/output error"
}

@test "a default user that could not be looked up is refused by a reload and an upgrade, and workers keep theirs" {
  need_root
  but_files
  sanitizers_leave detect_leaks=0
  runner=("${files[@]}")
  serve unix control=control
  before=$(workers)
  fails /etc/passwd '?open,openat' EACCES
  trace "$master" "${failing[@]}"
  for command in reload upgrade; do
    run "$BUILD/preforkctl" -s control $command 3>&-
    assert_equal "$status" 1 "with '$output', the exit status"
    assert_match "$output" "master.conf:1:1: user 'nobody', which is the default: Permission denied"
  done
  end_trace
  assert_equal "$(workers)" "$before"
  "$BUILD/preforkctl" -s control reload 3>&-
  run "$BUILD/preforkctl" -s control diff 3>&-
  assert_equal "$status" 0 "$output"
}
