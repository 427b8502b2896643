#!/usr/bin/env bats
# A worker attacked from inside: how each attempt of tests/hostile/attempts.h ends, by level of the sandbox and by user.
# With `enforce` every one is refused, by the filter alone as well; without the filter Landlock refuses what it can. The
# other columns show that it is the sandbox that refuses.

# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # helpers set and read them; each test has its own subshell

load ../helpers/common
load ../helpers/attempts
load ../helpers/program
load shown

# fill COLUMN MODE KEY=VALUE...: a column of the table; sets cell[NAME COLUMN].
fill() {
  local name column=$1
  columns+=("$column")
  begin_attempts "${@:2}"
  for name in "${attempts[@]}"; do
    attempt "$name"
    cell["$name $column"]=$outcome
  done
  expected='killed by SIGSYS|.*'
  stop_master
  : >"$log"
}

# Print the table.
show_table() {
  local name column line
  printf -v line '%-16s' attempt
  for column in "${columns[@]}"; do
    printf -v line '%s %-19s' "$line" "$column"
  done
  figure "$line"
  for name in "${attempts[@]}"; do
    printf -v line '%-16s' "$name"
    for column in "${columns[@]}"; do
      printf -v line '%s %-19s' "$line" "${cell["$name $column"]}"
    done
    figure "$line"
  done
}

# With `log` each call is made, and ends as without a sandbox; clone3(2) alone is not there.
logged_is_done() { # LOG OFF
  local name
  for name in "${attempts[@]}"; do
    [[ $name == clone3 ]] || assert_equal "${cell["$name $1"]}" "${cell["$name $2"]}" "$1: $name"
  done
}

# What a kernel with Landlock refuses by that and by limits alone, where a process can have both.
wall_holds() { # COLUMN
  local name
  for name in open openat2 create list socket unix-socket dup dupfd pidfd-sibling kill-master kill-sibling tgkill-sibling; do
    [[ ${cell["$name $1"]} != "done" ]] || fail "$1: $name is done"
  done
}

# Without a sandbox a worker of root's reaches all that the attempts want, but what this kernel does not have; one of
# another user, what is not root's.
reaches() { # COLUMN NAME...
  local name
  for name in "${@:2}"; do
    [[ ${cell["$name $1"]} =~ ^(done|ENOSYS)$ ]] || fail "$1: $name: ${cell["$name $1"]}"
  done
}

# all_refused COLUMN
all_refused() {
  local name
  for name in "${attempts[@]}"; do
    [[ ${cell["$name $1"]} =~ ^(EPERM|EACCES|ENOSYS|killed)$ ]] ||
      fail "$1: $name: ${cell["$name $1"]}"
  done
}

# fill_levels MODE [USER]: the columns of the levels; all that `enforce` is to refuse has been refused, and
# nothing where it is off.
fill_levels() {
  local level suffix=${2:+-$2} before=("${runner[@]}")
  for level in enforce log off; do
    fill "$level$suffix" "$1" sandbox=$level ${2:+user=$2}
  done
  for level in landlock seccomp; do
    runner=("${before[@]}" "${without[@]}" "$level")
    fill "no-$level$suffix" "$1" sandbox=enforce ${2:+user=$2}
  done
  runner=("${before[@]}")
  all_refused "enforce$suffix"
  all_refused "no-landlock$suffix"
  logged_is_done "log$suffix" "off$suffix"
  ! has_whole_landlock || wall_holds "no-seccomp$suffix"
  reaches "off$suffix" open list unlink chmod socket unix-socket connect bind listen nonblock fionbio dup dup2 dupfd \
    shutdown shutdown-stderr pass execve execveat kill-sibling tgkill-sibling pidfd-sibling fork clone3 unknown
  [[ $2 != root ]] || reaches "off$suffix" create filter kill-master ptrace-master read-master setuid chroot mount
}

# Whether signals are within Landlock's reach here.
has_whole_landlock() {
  "$bin/unit/landlock" | grep -q 'files, TCP and signals'
}

# Print which libc the programs have.
libc() {
  if readelf -lW "$BUILD/preforkd" | grep -q 'interpreter.*ld-linux'; then
    echo glibc
  else
    echo 'musl, or static'
  fi
}

show_levels() {
  local -A cell
  local mode columns without=("$bin/without")
  for mode in unix inet; do
    columns=()
    fill_levels $mode
    ((EUID != 0)) || fill_levels $mode root
    figure "$mode, as $(id -un), $(libc)"
    show_table
  done
}

@test "with enforce each attempt is refused, with and without Landlock; with log and off it ends as without a sandbox" {
  show_levels
}

@test "so it is with musl" {
  command -v musl-gcc >/dev/null || skip 'no musl-gcc'
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j2 -C "$tree" BUILD="$BUILD/musl" CC=musl-gcc STATIC=1 \
    "$BUILD/musl/"{preforkd,preforkcall,tests/preforkd_hostile,tests/launch,tests/without,tests/unit/landlock} 3>&-
  bin=$BUILD/musl/tests BUILD=$BUILD/musl
  show_levels
}

@test "so it is with a master of another user than root" {
  local -A cell
  local columns=() without=(./without) hostile=./preforkd_hostile
  as_another_user
  cp "$bin/preforkd_hostile" "$bin/without" .
  fill_levels unix
  figure 'unix, as an ordinary user'
  show_table
}
