#!/usr/bin/env bats
# Line 5: services in C as shared objects: the example, built outside of the tree, serves as fast as what is built in, is
# changed under load without a loss, and what a module does wrong costs its own client alone.

# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # helpers set them; each test has its own subshell

load ../helpers/common
load ../helpers/place
load ../helpers/reload
load ../helpers/background_load
load shown

setup() {
  enter_test
  [[ -e $bin/modules/trial.so ]] || skip 'a static preforkd loads no modules'
  make_place # where the user nobody may come
  modules=$place
}

# build_example: what is installed, by the Makefile that is installed, with the header that is.
build_example() {
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make --no-print-directory -s -C "$tree" -o all BUILD="$BUILD" install \
    DESTDIR="$PWD/root" PREFIX=/opt/p 3>&-
  cp -r root/opt/p/share/doc/preforkd/examples/module out
  sed -i "s,^prefix=.*,prefix=$PWD/root/opt/p," root/opt/p/share/pkgconfig/preforkd.pc
  if command -v pkg-config >/dev/null; then
    PKG_CONFIG_PATH=$PWD/root/opt/p/share/pkgconfig env -u MAKEFLAGS make -s -C out 3>&-
  else
    env -u MAKEFLAGS make -s -C out PREFORKD=-I"$PWD/root/opt/p/include" 3>&-
  fi
  cp out/*.so "$modules"
}

# place MODULE FILE: have FILE in $modules be a copy of that module, at once.
place() {
  cp "$bin/modules/$1.so" "$modules/new"
  mv "$modules/new" "$modules/$2"
}

# pair MODE: a master with two pools, one of a service that is built in, one of the example.
pair() {
  local address='port = 0' built='' module=''
  [[ $1 == inet ]] || address='' built='path = b' module='path = m'
  start_master <<CONF
mode = $1
$address
workers = 8
requests_per_connection = 1
[pool built]
$built
[pool module]
$module
service = module
module = $modules/upper.so
CONF
}

# rate POOL: of a load that lasts not long, as a machine with other work changes all the time.
rate() {
  use_master master "$1"
  load_into "$1.json" 20 --quiet --connections 4 --duration 300ms --expect any
  assert_equal "$(json "$1.json" failed)" 0 "failed of $1"
  json "$1.json" achieved
}

@test "the example, built outside of the tree, has at least 0.97 of the rate of a service that is built in" {
  local mode built
  build_example
  for mode in unix inet; do
    pair $mode
    rm -f ratios
    for _ in {1..41}; do
      built=$(rate built)
      calculate "$(rate module) / $built" >>ratios
      echo >>ratios
    done
    stop_master
    figure "line 5: the module upper, $mode: $(percentile 50 <ratios) of the rate of increment (median of 41 pairs," \
      "$(sort -g ratios | head -n 1) to $(sort -g ratios | tail -n 1); at least 0.97)"
    at_least "the rate of the module over that of the built-in service, $mode" "$(percentile 50 <ratios)" 0.97
  done
}

# load_module MS: as begin_load, of a service of which the load knows nothing.
load_module() {
  "$BUILD/preforkload" "$endpoint" --quiet --json --connections 4 --duration "$1ms" --expect any >load.json 3>&- &
  generator=$!
}

@test "20 reloads to a module that has changed, under load: 0 failed" {
  local i
  place upper m.so
  serve inet workers=4 control=control service=module module="$modules/m.so"
  load_module 8000
  for ((i = 0; i < 10; i++)); do
    place trial m.so
    reload
    assert_equal "$(ask a)" m
    place upper m.so
    reload
    assert_equal "$(ask a)" A
  done
  refute has_ended "$generator"
  end_load
  figure "line 5: 20 reloads to another module: $(json_figure ok) calls in 8 s, 0 failed"
}

@test "50 reloads of a module that has changed leave the master no descriptor" {
  local i before
  place upper m.so
  serve inet workers=1 control=control service=module module="$modules/m.so"
  before=$(count_descriptors "$master")
  for ((i = 0; i < 50; i++)); do
    place upper m.so
    reload
  done
  wait_for 10 worker_count_is 1
  wait_for 10 descriptors_are_as_before master
  figure "line 5: descriptors of master and worker after 50 reloads to another file: $(count_descriptors "$master"), before: $before"
}

@test "50 crashes of a module under load cost 50 clients, and no other" {
  local i
  expected='killed by SIGSEGV'
  place trial m.so
  serve unix workers=4 control=control service=module module="$modules/m.so"
  load_module 5000
  for ((i = 0; i < 50; i++)); do
    refute ask crash 2>/dev/null
  done
  refute has_ended "$generator"
  end_load
  figure "line 5: 50 crashes: $(json_figure ok) other calls, 0 failed"
}

@test "a module that blocks is killed at its deadline, one that leaks is bounded by limit_memory, and others are served" {
  expected='does not react|killed by SIGKILL'
  place trial m.so
  serve unix workers=2 control=control service=module module="$modules/m.so" max_connection_time=200ms
  refute ask block 2>/dev/null
  assert_equal "$(ask other)" m
  wait_for 10 log_has 'killed by SIGKILL'
  stop_master
  : >"$log"
  ! is_sanitized || return 0 # its workers have no limit of memory
  serve unix workers=1 control=control service=module module="$modules/m.so" limit_memory=32m
  for _ in {1..40}; do
    ask leak >leaks
    echo >>leaks
  done
  assert_equal "$(<leaks)" 'no memory'
  assert_equal "$(ask other)" m
}

@test "a worker whose module hangs in start or stop is killed after 5 seconds, and another one serves" {
  local hung
  expected='within 5 s: killed'
  chmod 711 .
  place trial hang.so
  serve unix workers=1 max_connections_per_worker=1 service=module module="$modules/hang.so"
  hung=$(worker)
  assert_equal "$(ask stick)" hang
  wait_for 15 log_has "worker $hung \\(pool main, slot [01]\\): its module's stop has not returned within 5 s: killed\$"
  : >trial_hangs
  assert_equal "$(ask a)" hang # the next worker hangs
  wait_for 15 log_has ': its module was not loaded and started within 5 s: killed$'
  rm trial_hangs
  assert_equal "$(ask a)" hang
}

@test "a module that hangs in its stop holds up no reload and no stop: its worker is killed after 5 seconds" {
  local first second
  place trial m.so
  serve unix workers=1 control=control service=module module="$modules/m.so" stop_timeout=none
  first=$(worker)
  assert_equal "$(ask stick)" m
  reload
  wait_for 10 log_has 'pool main: m sticks$'
  second=$(workers | grep -vx "$first")
  assert_equal "$(ask stick)" m
  stop_master
  for pid in "$first" "$second"; do
    log_has "worker $pid \\(pool main, slot 0\\): its module's stop has not returned within 5 s: killed\$"
  done
}

@test "at a reload and a stop, a module's stop has stop_timeout, where that is longer than 5 seconds" {
  place trial m.so
  serve unix workers=1 control=control service=module module="$modules/m.so" stop_timeout=7s
  assert_equal "$(ask stick)" m
  reload
  assert_equal "$(ask stick)" m
  stop_master
  assert_equal "$(grep -c "its module's stop has not returned: killed\$" "$log")" 2
}

@test "a module that hangs in its start ends after 10 seconds where the master may not kill it" {
  local child
  ((EUID == 0)) || skip 'only root has pools of another user'
  command -v setpriv >/dev/null || skip 'no setpriv'
  chmod 711 .
  : >trial_hangs
  place trial hang.so
  printf 'mode = unix\npath = t\nservice = module\n' >refused.conf
  run setpriv --bounding-set=-kill "$BUILD/preforkd" -t -c refused.conf -o module="$modules/hang.so" 3>&-
  assert_equal "$status" 78
  assert_match "$output" 'cannot signal processes of user nobody '
  child=$(sed -n 's/^preforkd\[\([0-9]*\)\]: pool main: hang starts in pool main$/\1/p' <<<"$output")
  [[ -e /proc/$child ]]
  wait_for 20 has_ended "$child"
}

@test "a constructor that never ends is refused after 5 seconds, by -t and by a reload" {
  local began
  place trial loop.so
  place trial m.so
  printf 'mode = unix\npath = t\nservice = module\n' >refused.conf
  began=$EPOCHREALTIME
  run "$BUILD/preforkd" -t -c refused.conf -o module="$modules/loop.so" 3>&-
  assert_equal "$status" 78
  assert_match "$output" "module '$modules/loop.so' could not be checked: not loaded and started within 5 s"
  at_most 'seconds' "$(since "$began")" 8
  start_master <<<"$(printf '%s\n' 'control = control' 'mode = unix' 'path = s' 'service = module' "module = $modules/m.so")"
  sed -i 's,/m\.so,/loop.so,' master.conf
  reload 1
  assert_match "$output" 'not loaded and started within 5 s'
  assert_equal "$(ask other)" m
}
