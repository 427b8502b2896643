#!/usr/bin/env bats
# The examples of conf/examples that run programs: what their pages say, with the real program.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers/common sets them; programs have variables of their own

load helpers/common
load helpers/background_load

# start_example NAME [FILE]: start it as its page says, on a port of the kernel's choice.
start_example() {
  mkdir conf
  cp -r "$BATS_TEST_DIRNAME/../conf/examples" conf
  start_master < <(sed 's/^port = .*/port = 0/' "conf/examples/$1/${2-$1}.conf")
}

# ask_for DATA: print the answer.
ask_for() {
  "$BUILD/preforkcall" "$endpoint" -- "$1" 3>&-
}

# metric NAME: print the sum of that counter.
metric() {
  "$BUILD/preforkctl" -c master.conf metrics 3>&- | sed -n "s/^preforkd_$1{.*} //p"
}

metric_is() { # NAME VALUE
  [[ $(metric "$1") == "$2" ]]
}

@test "date: a client gets the date in its format, and what it sends is neither option nor code" {
  start_example date
  assert_match "$(ask_for '%Y')" '^20[0-9][0-9]$'
  assert_equal "$(ask_for '%Z %%')" 'UTC %'
  assert_match "$(nc -N 127.0.0.1 "$port" </dev/null 3>&-)" ':[0-9][0-9]:.*20[0-9][0-9]'
  assert_equal "$(ask_for '$(id);`id`')" '$(id);`id`'
  assert_equal "$(ask_for '-f/etc/passwd')" '-f/etc/passwd'
  wait_for 5 metric_is programs_ok_total 5
  assert_equal "$(metric programs_failed_total)" 0
}

@test "date: eight clients that send nothing hold up the ninth until their deadline, no longer" {
  mkdir conf
  cp -r "$BATS_TEST_DIRNAME/../conf/examples" conf
  start_master < <(sed 's/^port = .*/port = 0/; s/^max_connection_time = .*/max_connection_time = 300ms/' conf/examples/date/date.conf)
  for i in 1 2 3 4 5 6 7 8; do
    begin_call "silent$i" connect say:in eof
    heard "silent$i" in
  done
  assert_match "$(ask_for '%Y')" '^20[0-9][0-9]$'
  for i in 1 2 3 4 5 6 7 8; do
    end_call "silent$i"
  done
  wait_for 5 metric_is connection_timeouts_total 8
}

@test "python: lines of numbers get their sums, and what is none is logged" {
  env -i PATH=/usr/local/bin:/usr/bin:/bin python3 -c '' 2>/dev/null || skip 'no python3 in the PATH of programs'
  start_example python
  assert_equal "$(ask_for '1 2 3.5')" 6.5
  begin_call one connect send:$'1 2\n' expect:$'3.0\n' say:in wait send:$'4 5\n' expect:$'9.0\n'
  heard one in
  assert_equal "$(ask_for '7')" 7.0 # beside the one that is open
  let_go one
  end_call one
  ask_for '1 x' || true
  wait_for 5 log_has "program [0-9]+ \(pool python\): could not convert string to float: 'x'\$"
  wait_for 5 log_has ', bytes unknown, [0-9.]+ s, failed$'
  wait_for 5 metric_is programs_ok_total 3
}

@test "git: a client clones by git daemon --inetd, a push is refused, a missing repository has failed" {
  command -v git >/dev/null || skip 'git is not here'
  export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
  git init -q .
  git -c user.name=a -c user.email=a commit -q --allow-empty -m first
  start_example git
  git clone -q "git://127.0.0.1:$port/" copy 3>&-
  descriptors_of[master]=$(count_descriptors "$master") # there was no worker before
  assert_equal "$(git -C copy rev-parse HEAD)" "$(git rev-parse HEAD)"
  refute git -C copy push -q origin HEAD:other 3>&- 2>push.err
  refute git ls-remote "git://127.0.0.1:$port/none" 3>&- 2>none.err
  wait_for 5 metric_is connections_total 3
  wait_for 5 metric_is programs_ok_total 1
  wait_for 5 log_has 'connection: pool git, slot [0-9]+, 127.0.0.1:[0-9]+, [0-9]+ bytes in, [0-9]+ out, [0-9.]+ s, answered$'
}

@test "python: with start = warm the same handler waits for its client" {
  env -i PATH=/usr/local/bin:/usr/bin:/bin python3 -c '' 2>/dev/null || skip 'no python3 in the PATH of programs'
  start_example python warm
  wait_for 5 metric_is programs_waiting 4
  assert_equal "$(ask_for '1 2 3.5')" 6.5
  assert_equal "$(ask_for '7')" 7.0
  ask_for '1 x' || true
  wait_for 5 log_has "program [0-9]+ \(pool python\): could not convert string to float: 'x'\$"
  wait_for 5 log_has ', [0-9]+ bytes in, [0-9]+ out, [0-9.]+ s, answered$'
  wait_for 5 metric_is programs_failed_total 1
  wait_for 5 metric_is programs_waiting 4
}

@test "resident-python: clients are served side by side, and one that is open over a reload is served to its end" {
  env -i PATH=/usr/local/bin:/usr/bin:/bin python3 -c '' 2>/dev/null || skip 'no python3 in the PATH of programs'
  start_example resident-python
  assert_equal "$(ask_for 'hello')" 5
  begin_call one connect send:$'1\n' expect:$'1\n' say:in wait send:$'four\n' expect:$'4\n' half-close eof
  heard one in
  "$BUILD/preforkctl" -c master.conf reload 3>&-
  assert_equal "$(ask_for 'on the new one')" 14
  let_go one
  end_call one
  wait_for 5 log_has 'program [0-9]+ \(pool lengths\): serves$'
  assert_equal "$(grep -c 'crash\|Traceback' "$log")" 0
}

@test "resident-c: it is compiled as its page says, and a reload and an upgrade under load lose nothing" {
  mkdir conf
  cp -r "$BATS_TEST_DIRNAME/../conf/examples" conf
  command -v cc >/dev/null || skip 'no cc'
  eval "$(sed -n 's/^#   \(cc .*\)/\1/p' conf/examples/resident-c/resident-c.conf)"
  start_master < <(sed 's/^port = .*/port = 0/' conf/examples/resident-c/resident-c.conf)
  assert_equal "$(ask)" 'char from server = B'
  begin_load
  "$BUILD/preforkctl" -c master.conf reload 3>&-
  "$BUILD/preforkctl" -c master.conf upgrade 3>&-
  follow_upgrade
  end_load
}
