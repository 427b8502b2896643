#!/usr/bin/env bats
# The file of a module: a generation has one, which the master keeps for the workers that start later.

# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # helpers set them; each test has its own subshell

load helpers/common
load helpers/module
load helpers/reload

# all_serve ANSWER: 3 workers of $master at a time, some of which start for that, answer so to `a`.
all_serve() {
  local name
  for name in one two three; do
    begin_call $name connect send:a "expect:$1" say:in wait
    heard $name in
  done
  for name in one two three; do
    let_go $name
    end_call $name
  done
}

# replace_worker: kill one, and wait for the next one.
replace_worker() {
  local pid
  pid=$(worker)
  kill -KILL "$pid"
  wait_for 10 worker_is_other_than "$pid"
}

# need_kept: skip the test where the kernel, or a filter around the master, has no openat2(2) with RESOLVE_CACHED.
need_kept() {
  ! log_has 'cannot keep the file of module .*: (Function not implemented|Invalid argument|Operation not permitted);' ||
    skip 'no openat2(2) with RESOLVE_CACHED here'
}

@test "a worker that starts after a reload was refused, or before the next one, loads the file of its generation" {
  local mode pid old jail=()
  if ((EUID == 0)); then
    mkdir jail
    jail=(chroot="$PWD/jail")
  fi
  for mode in unix inet; do
    place upper m.so
    serve $mode workers=1..3 spare=1 control=control service=module module="$modules/m.so" requests_per_connection=9 "${jail[@]}"
    need_kept
    place undefined m.so
    reload 1
    replace_worker
    all_serve A
    wait_for 10 none_is_open # one may still be at its start
    place trial m.so
    replace_worker
    all_serve A
    mapfile -t old < <(workers)
    reload
    for pid in "${old[@]}"; do
      wait_for 10 has_ended "$pid" # until then it may serve a client
    done
    all_serve m
    wait_for 10 none_is_open
    stop_master
    jail=()
  done
}

@test "a listener that is opened anew gets workers with the file of the generation" {
  local status=0
  place upper m.so
  serve unix workers=1 service=module module="$modules/m.so"
  need_kept
  place undefined m.so
  "$bin/shut_down" "$(worker)" || status=$?
  [[ $status != 75 ]] || skip 'descriptors of other processes cannot be taken here'
  wait_for 10 log_has 'renewed: generation 2$'
  assert_equal "$(ask a)" A
}

@test "where the file of the generation cannot be loaded any more, a worker loads the one that is there, and says so" {
  place upper m.so
  serve unix workers=1 service=module module="$modules/m.so"
  need_kept
  chmod 0 "$modules/m.so"
  place trial m.so
  replace_worker
  assert_equal "$(ask a)" m
  wait_for 10 log_has "pool main: module '$modules/m\\.so' was replaced, and its earlier file cannot be loaded any more: Permission denied; the one that is there is loaded\$"
}

@test "a module gets no descriptor of another file than its own, which its user may not reach" {
  place upper reads.so
  serve unix workers=1 service=module module="$modules/reads.so"
  need_kept
  echo secret >"$modules/reads.so"
  place trial reads.so
  replace_worker
  assert_equal "$(ask a)" reads
  wait_for 10 log_has 'the one that is there is loaded$'
  wait_for 10 log_has ': reads starts in pool main$'
  refute log_has 'has read a secret'
}

@test "a directory that a module's trial puts in the place of its file is not kept" {
  chmod 777 "$modules" # where its user may do so
  place upper swap.so
  serve unix workers=1 control=control service=module module="$modules/swap.so"
  place trial swap.so
  ln -s / "$modules/swap.so.next"
  reload 1
  [[ -h $modules/swap.so ]]
  wait_for 10 log_has "pool main: cannot keep the file of module '$modules/swap\\.so': .+; each worker loads what is there then\$"
  assert_equal "$(ask a)" A
}
