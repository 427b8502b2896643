#!/usr/bin/env bats
# What service managers and containers are given: conf/systemd, conf/s6, conf/container, conf/logrotate, conf/examples.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/container
load helpers/place
load helpers/port

root=$BATS_TEST_DIRNAME/..

install_units() {
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$root" -s -o all install BUILD="$BUILD" PREFIX="$PWD/usr" >/dev/null 3>&-
  units=$PWD/usr/lib/systemd/system
}

needs() { # COMMAND
  command -v "$1" >/dev/null || skip "no $1"
}

@test "systemd-analyze verify finds nothing in the installed units" {
  needs systemd-analyze
  install_units
  for unit in preforkd.service preforkd.socket preforkd-root.service preforkd@.service; do
    run systemd-analyze verify --man=no "$units/$unit"
    assert_equal "$status $output" '0 ' "$unit"
  done
}

@test "the units let the master live where the kernel kills a worker for want of memory" {
  for unit in preforkd preforkd-root preforkd@; do
    grep -qx OOMPolicy=continue "$root/conf/systemd/$unit.service"
  done
}

# exposure UNIT: what systemd-analyze security makes of it, in tenths.
exposure() {
  systemd-analyze security --offline=yes --no-pager "$units/$1" 2>&1 |
    sed -n 's/.*exposure level for .*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p'
}

@test "systemd-analyze security rates the unit with a user under 2.0, the one of root at most 3.2" {
  needs systemd-analyze
  install_units
  user=$(exposure preforkd.service) instance=$(exposure preforkd@.service) as_root=$(exposure preforkd-root.service)
  ((10#$user > 0 && 10#$user < 20)) || fail "preforkd.service: $user tenths"
  assert_equal "$instance" "$user" 'the exposure of preforkd@.service, in tenths'
  ((10#$as_root > 0 && 10#$as_root <= 32)) || fail "preforkd-root.service: $as_root tenths"
}

# The system calls that UNIT allows, a line each. Lines of SystemCallFilter= add or, with ~, take away.
allowed_calls() {
  systemd-analyze syscall-filter --no-pager | awk -v lines="$(sed -n 's/^SystemCallFilter=//p' "$units/$1")" '
    function apply(name, allow, parts, count, i) {
      if (name !~ /^@/) {
        allowed[name] = allow
        return
      }
      count = split(members[name], parts, " ")
      for (i = 1; i <= count; i++)
        apply(parts[i], allow)
    }
    /^@/ { set = $1 }
    /^ +[@a-z_]/ { members[set] = members[set] " " $1 }
    END {
      count = split(lines, line, "\n")
      for (l = 1; l <= count; l++) {
        allow = line[l] !~ /^~/
        sub(/^~/, "", line[l])
        words = split(line[l], word, " ")
        for (w = 1; w <= words; w++)
          apply(word[w], allow)
      }
      for (name in allowed)
        if (allowed[name])
          print name
    }' | sort -u
}

@test "no system call of a master's life is outside the units' filters, nor a family of sockets" {
  needs systemd-analyze
  needs strace
  sanitizers_leave detect_leaks=0
  ! is_sanitized || skip 'the sanitizers make calls of their own'
  install_units
  runner=(strace -f -o trace)
  descriptors_may_change=1
  "$bin/notify_recorder" "$PWD/notify" >notified 3>&- &
  wait_for 5 test -S notify
  export NOTIFY_SOCKET=$PWD/notify WATCHDOG_USEC=100000
  serve unix control=control pid_file=pid log_connections=yes idle_timeout=100ms log=lines
  begin_call silent connect eof
  ask
  "$BUILD/preforkctl" -s control status >/dev/null 3>&-
  end_call silent
  kill -USR1 "$master"
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 worker_count_is 2 # the earlier ones have ended
  kill -KILL "$(worker)"
  "$BUILD/preforkctl" -s control scale 3 3>&-
  wait_for 5 worker_count_is 3
  "$BUILD/preforkctl" -s control upgrade 3>&-
  wait_for 10 grep -q 'taken over from' lines
  new=$(<pid)
  successors+=("$new")
  "$BUILD/preforkctl" -s control stop 3>&-
  await_master master 0
  log=$PWD/master.log
  sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' trace | sort -u >used
  [[ $(wc -l <used) -gt 30 ]]
  # Root gives its workers another user: the calls for that are none of a master that is another user itself.
  ((EUID != 0)) || grep -qx setresuid used
  grep -vxE 'setgroups|setresgid|setresuid|setuid|setgid' used >used_by_user
  for unit in preforkd.service preforkd@.service preforkd-root.service; do
    allowed_calls $unit >allowed
    grep -qx accept4 allowed
    grep -qx capset allowed # only a worker that has capabilities calls it, and it must
    [[ $unit != preforkd-root.service ]] || cp used used_by_user
    assert_equal "$(comm -23 used_by_user allowed)" '' "calls outside $unit"
  done
  grep -qx chroot allowed
  assert_equal "$(grep -oE 'socket\(AF_[A-Z0-9]+' trace | sort -u | tr '\n' ' ')" 'socket(AF_NETLINK socket(AF_UNIX '
}

@test "the capabilities of preforkd-root.service are enough to give a socket and workers another owner, and to signal these" {
  [[ $(id -u) == 0 ]] || skip 'only root can'
  capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' "$root/conf/systemd/preforkd-root.service" | tr '[:upper:]' '[:lower:]')
  [[ $capabilities == *cap_chown* ]]
  capabilities=${capabilities//cap_/+}
  runner=(setpriv --bounding-set "-all,${capabilities// /,}" --inh-caps=-all)
  mkdir empty
  serve unix socket_owner=nobody socket_permissions=0660 control=control user=daemon chroot=empty idle_timeout=50ms
  assert_equal "$(stat -c '%U %a' s)" 'nobody 660'
  assert_equal "$(awk '/^Uid/ { print $2 }' "/proc/$(worker)/status")" "$(id -u daemon)"
  old=$(worker)
  "$BUILD/preforkctl" -s control reload 3>&-
  wait_for 5 has_ended "$old"
  "$BUILD/preforkctl" -s control scale 1 3>&- # the other one is sent a signal
  wait_for 5 worker_count_is 1
  begin_call silent connect eof
  end_call silent # its deadline is a signal, too
  refute log_has 'cannot'
}

@test "the s6 service reports its readiness on the descriptor that notification-fd names" {
  mkdir etc path
  ln -s "$BUILD/preforkd" path/preforkd
  printf '%s\n' 'mode = unix' "path = $PWD/s" 'workers = 2' >etc/preforkd.conf
  sed "s,/usr/local/etc/preforkd/,$PWD/etc/,; s,/run/preforkd,$PWD/run.d," "$root/conf/s6/run" >run
  fd=$(<"$root/conf/s6/notification-fd")
  assert_equal "$fd" 3
  mkfifo ready
  PATH=$PWD/path:$PATH "$bin/launch" -k 3 sh run >s6.log 3>ready &
  leader_of[s6]=$!
  read -r -t 20 <ready
  names+=(s6) log=$PWD/s6.log
  log_of[s6]=$log
  use_master s6
  assert_equal "$(ask)" 'char from server = B'
  master_of[s6]=$master
  descriptors_of[s6]=$(count_descriptors "$master")
}

@test "preforkd@.service differs from preforkd.service by the instance alone" {
  assert_equal "$(sed '1,/^\[Unit\]/d; s/, %i$//; s/%i\.conf/preforkd.conf/; s/-%i$//' "$root/conf/systemd/preforkd@.service")" \
    "$(sed '1,/^\[Unit\]/d' "$root/conf/systemd/preforkd.service")"
  grep -qx 'RuntimeDirectory=preforkd-%i' "$root/conf/systemd/preforkd@.service"
}

# can_run NAME: whether this machine has what the example needs. That its test is skipped, program_*.bats say.
can_run() {
  local PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  case $1 in
  git | gunicorn | nginx | node) command -v "$1" >/dev/null ;;
  python) env -i PATH="$PATH" python3 -c '' 2>/dev/null ;;
  php) command -v php-cgi >/dev/null ;;
  fcgiwrap) command -v fcgiwrap >/dev/null ;;
  tftpd) command -v in.tftpd >/dev/null ;;
  uvicorn) /usr/bin/python3 -c 'import uvicorn' 2>/dev/null ;;
  module) [[ -e $bin/modules/trial.so ]] ;; # a static preforkd loads none
  esac
}

# Go to a directory with the examples and what they run, where the user nobody may come, unlike that of a test.
copy_examples() {
  make_place
  cd "$place" || return
  mkdir conf
  cp -r "$root/conf/examples" conf
  ln -s "$BUILD" build # where an example runs a program of ours
  ln -s "$root/server" server
}

# compile NAME: run the compiler, or make, as the head of the example says.
compile() {
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL bash -c "$(sed -n 's/^#   \(\(cc\|make\) .*\)/\1/p' \
    "conf/examples/$1/$1.conf" | sed 's/ \{4,\}.*//')" >compiled 2>&1 3>&- || fail "$1 was not compiled" "$(<compiled)"
}

@test "each example is good, has its line in the index, and no other is there" {
  copy_examples
  for folder in conf/examples/*/; do
    name=$(basename "$folder")
    grep -q "^| \[$name\]($name/$name.conf) |" conf/examples/README.md || fail "README.md leaves $name out"
    can_run "$name" || continue
    compile "$name"
    output=$("$BUILD/preforkd" -t -c "$folder$name.conf" 2>"$BATS_TEST_TMPDIR/warnings")
    assert_equal "$output" "$folder$name.conf: configuration ok"
    # The directories in /run come with the service.
    # Root is warned of programs that are root's, and of what is not.
    refute grep -Ev ": warning: .*: (the directory /run/preforkd[a-z-]* does not exist|programs run as root, because no 'user' is set|a client gets no answer unless user nobody may write to its socket file)\$" "$BATS_TEST_TMPDIR/warnings"
  done
  assert_equal "$(grep -c '^| \[' conf/examples/README.md)" "$(printf '%s\n' conf/examples/*/ | wc -l)" 'lines of the index'
}

@test "the commands at the head of each example work, in a directory of one's own" {
  copy_examples
  for folder in conf/examples/*/; do
    change_ports "$folder"
    name=$(basename "$folder")
    sed -n "s|^#   build/|$BUILD/|p" "$folder$name.conf" | sed 's/ \{4,\}.*//' >commands
    [[ -s commands ]] && can_run "$name" || continue
    compile "$name"
    mkfifo ready
    "$bin/launch" -k 8 bash -c "exec $(head -n 1 commands) --ready-fd 8" </dev/null >example.out 2>example.log 8>ready 3>&- &
    pid=$!
    read -r -t 20 <ready || fail "$name did not start" "$(<example.log)"
    rm ready
    while read -r command; do
      try_thrice try_command "$command" || return
    done < <(sed 1d commands)
    kill "$pid"
    wait "$pid"
  done
}

# try_command COMMAND: run a command of example $name; where the kernel chose the port, with that endpoint. A live
# view needs a terminal: its figures are asked for. Of `try_thrice`: where the machine stands still, a load is late.
try_command() {
  local command=$1 pool endpoint
  if [[ $command != *preforkctl* ]]; then
    pool=$(sed -n 's/.* -p \([a-z-]*\).*/\1/p' <<<"$command")
    endpoint=$(sed -n "s/.*: ready: pool ${pool:-$name}, .* on \(inet:[^ ,]*\).*/\1/p" example.log)
    [[ ! $endpoint ]] || command=$(sed "s,-c conf/examples/$name/$name.conf\( -p [a-z-]*\)\{0\,1\},${endpoint/\*/127.0.0.1}," <<<"$command")
  fi
  command=${command/%' top'/' status'}
  timeout 20 bash -c "${command/5s/200ms}" </dev/null >answer 2>&1 || fail "failed: $command" "$(<answer)"
}

@test "the rotation of logs has every master open its own again" {
  mkdir -p run/preforkd run/preforkd-b log/preforkd log/preforkd-b
  sed -n '/^ *postrotate$/,/^ *endscript$/ { //!p }' "$root/conf/logrotate/preforkd" |
    sed "s,/run/,$PWD/run/,g; s,/usr/local/bin,$BUILD," >rotate
  for name in preforkd preforkd-b; do
    start_master -n "$name" <<CONF
mode = unix
path = $PWD/run/$name/socket
control = $PWD/run/$name/control
workers = 2
log = $PWD/log/$name/preforkd.log
CONF
  done
  for name in preforkd preforkd-b; do
    mv "log/$name/preforkd.log" "log/$name/preforkd.log.1"
  done
  sh rotate
  for name in preforkd preforkd-b; do
    wait_for 5 test -e "log/$name/preforkd.log"
  done
  # logrotate's own opinion of the file, where it is installed.
  ! command -v logrotate >/dev/null || logrotate -d "$root/conf/logrotate/preforkd"
}

# image: the root directory that conf/container/Dockerfile makes, but for its port.
make_image() {
  make_container container
  mv container/rootfs image
  chown 65534:65534 image/run/preforkd
  sed -i 's/^port = .*/port = 0/' image/etc/preforkd/preforkd.conf
}

@test "the static binary serves in an empty root as process 1 and as a user, and its tools come along" {
  unshare --pid --fork chroot / true 2>/dev/null || skip 'no namespace or chroot can be made here'
  make_image
  box=(chroot --userspec=65534:65534 image)
  "$bin/launch" unshare --pid --fork --kill-child "${box[@]}" /preforkd -c /etc/preforkd/preforkd.conf \
    </dev/null >out 2>box.log 3>&- &
  leader_of[box]=$!
  log=$PWD/box.log
  wait_for 10 log_has 'preforkd\[1\]: ready: pool main, 4 workers on inet:\*:'
  free=$(sed -n 's/.*inet:\*:\([0-9]*\).*/\1/p' box.log)
  endpoint=inet:127.0.0.1:$free
  assert_equal "$(ask)" 'char from server = B'
  assert_equal "$("${box[@]}" /preforkcall "$endpoint" A)" 'B'
  "${box[@]}" /preforkctl -s /run/preforkd/control status | grep -q '^main *running'
  health=$(sed -n 's/^HEALTHCHECK .*CMD \[\(.*\)\]$/\1/p' "$root/conf/container/Dockerfile" | tr -d '",')
  read -ra health <<<"$health"
  "${box[@]}" "${health[@]}"
  run "${box[@]}" /preforkctl -s /run/preforkd/control upgrade
  assert_match "$output" 'process 1 cannot hand over'
  "${box[@]}" /preforkctl -s /run/preforkd/control stop
  wait_for 10 has_ended "${leader_of[box]}"
  wait "${leader_of[box]}"
  assert_equal "$(find image -type s)" '' "sockets left"
  refute "${box[@]}" "${health[@]}"
}

@test "conf/container/Dockerfile builds what that test runs, from files that are there" {
  file=$root/conf/container/Dockerfile
  grep -qx 'RUN make -C /preforkd CC=musl-gcc STATIC=1 BUILD=/out container' "$file"
  grep -qx 'FROM scratch' "$file"
  grep -qx 'USER 65534:65534' "$file"
  grep -qx 'COPY --from=build --chown=65534:65534 /out/container/rootfs/run /run' "$file"
  grep -qxF 'VOLUME ["/run/preforkd"]' "$file"
  "$BUILD/preforkd" -t -c "$root/conf/container/container.conf"
  # What config.json says to other engines.
  grep -qF "\"args\": $(sed -n 's/^ENTRYPOINT //p' "$file")," "$root/conf/container/config.json"
  grep -qF '"user": {"uid": 65534, "gid": 65534},' "$root/conf/container/config.json"
}
