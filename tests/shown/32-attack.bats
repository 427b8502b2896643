#!/usr/bin/env bats
# A worker attacked from inside: how each attempt of tests/hostile/attempts.h ends, by level of the sandbox and by user.
# With `enforce` every one is refused, by the filter alone as well; without the filter Landlock refuses what it can. The
# other columns show that it is the sandbox that refuses.

# shellcheck disable=SC2154,SC2034 # helpers set and read them

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

# all_refused COLUMN
all_refused() {
  local name
  for name in "${attempts[@]}"; do
    [[ ${cell["$name $1"]} =~ ^(EPERM|EACCES|ENOSYS|killed)$ ]] ||
      fail "$1: $name: ${cell["$name $1"]}"
  done
}

# Whether workers can have a user of their own: else those of root are root's.
has_user() {
  "$bin/keys" | grep -q '^user '
}

# fill_levels MODE [USER]: the columns of the levels; all that `enforce` is to refuse has been refused.
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
}

@test "with enforce each attempt is refused, with and without Landlock; with log and off most are not" {
  local -A cell
  local mode columns without=("$bin/without")
  for mode in unix inet; do
    columns=()
    fill_levels $mode
    ((EUID != 0)) || ! has_user || fill_levels $mode root
    figure "$mode, as $(id -un)"
    show_table
  done
}

@test "so it is with a master of another user than root" {
  local -A cell
  local columns=() without=(./without) hostile=./preforkd_hostile
  as_another_user
  cp "$bin/preforkd_hostile" "$bin/without" .
  fill_levels unix
  figure 'unix, as an ordinary user'
  show_table
  cd "$BATS_TEST_TMPDIR" || return
  rm -r "$place"
}
