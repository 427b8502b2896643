#!/usr/bin/env bats
# Line 29: php-cgi under preforkd beside PHP-FPM with as many children, and fcgiwrap under preforkd beside its own -c.

# shellcheck disable=SC2154,SC2034 # helpers set and use them

load ../helpers/common
load ../helpers/nginx
load shown
load fastcgi

teardown() {
  end_fpm
  end_wrap
  stop_nginx
  leave_test
}

# Its children would outlive it.
end_wrap() {
  [[ ! ${wrap-} ]] || has_ended "$wrap" || workers "$wrap" | xargs -r kill -KILL 2>/dev/null || true
  end_process "${wrap-}" KILL
}

# measure SIDE PID: one second of requests; appends rate and processor time of a request to the file SIDE.
measure() {
  local before count
  before=$(spent "$2")
  load_http 1 load.txt "/$1/quick.php"
  count=$(answered load.txt)
  assert_equal "$(failed load.txt)" 0 "failed, $1"
  echo "$(rate load.txt) $(calculate "($(spent "$2") - $before) * 10000 / $count")" >>"$1.figures"
}

# median_of FILE COLUMN
median_of() {
  cut -d' ' -f"$2" "$1" | percentile 50
}

@test "php-cgi answers at the rate of PHP-FPM with as many children, one nginx in front of both" {
  needs php-cgi "$(find_fpm)"
  local pairs=${fastcgi_pairs-15} i
  begin_web
  begin_php
  begin_fpm 10s
  clients=8
  load_http 1 warm.txt /ours/quick.php
  load_http 1 warm.txt /theirs/quick.php
  for ((i = 0; i < pairs; i++)); do
    if ((i % 2 == 0)); then
      measure ours "$master"
      measure theirs "$fpm"
    else
      measure theirs "$fpm"
      measure ours "$master"
    fi
  done
  paste -d' ' ours.figures theirs.figures | awk '{ print $1 / $3, $2 / $4 }' >ratios
  figure "line 29: php-cgi, $children processes, behind nginx, $pairs pairs of 1 s: $(median_of ours.figures 1) requests/s," \
    "PHP-FPM $(median_of theirs.figures 1): ratio $(median_of ratios 1); processor time a request, its own:" \
    "$(median_of ours.figures 2) and $(median_of theirs.figures 2) us: ratio $(median_of ratios 2)"
  at_least 'rate, beside PHP-FPM' "$(median_of ratios 1)" 0.97
}

# reload_under_load FILE PATH COMMAND WHAT: COMMAND 20 times while ab asks for PATH.
reload_under_load() {
  local file=$1 path=$2 loader _
  load_http "${reload_seconds-12}" "$file" "$path" &
  loader=$!
  for _ in {1..20}; do
    let_pass 0.2
    $3
  done
  ! has_ended $loader || fail 'the load was over before the last reload'
  wait $loader
  figure "line 29: 20 reloads under load, $4, ${path##*/}: $(answered "$file") answered, $(failed "$file") failed"
}

reload_ours() {
  "$BUILD/preforkctl" -s control reload >/dev/null 3>&-
}

# Its log says when it is ready again.
reload_fpm() {
  local count
  count=$(grep -c 'ready to handle connections' fpm.log)
  kill -USR2 "$fpm"
  wait_for 20 fpm_is_ready $((count + 1))
}

@test "20 reloads under load: php-cgi loses no request; PHP-FPM beside it" {
  needs php-cgi "$(find_fpm)"
  begin_web
  begin_php
  reload_under_load ours.txt /ours/slow.php reload_ours php-cgi
  assert_equal "$(failed ours.txt)" 0 'failed'
  at_least 'answered' "$(answered ours.txt)" 1000
  for timeout in 10s 0; do
    begin_fpm $timeout
    reload_under_load theirs.txt /theirs/slow.php reload_fpm "PHP-FPM with process_control_timeout = $timeout"
    end_fpm
  done
}

@test "20 reloads under load: fcgiwrap, which nginx asks again, loses no GET; what is lost without that beside it" {
  needs fcgiwrap
  begin_web
  begin_ours fcgiwrap
  for file in slow.cgi quick.cgi; do
    reload_under_load "again-$file" "/again/$file" reload_ours 'fcgiwrap that ends at once, asked again'
    assert_equal "$(failed "again-$file")" 0 'failed'
    at_least 'answered' "$(answered "again-$file")" 500
  done
  reload_under_load once.txt /ours/slow.cgi reload_ours 'fcgiwrap that ends at once, not asked again'
  stop_master
  begin_ours fcgiwrap -o fcgiwrap.stop_signal=TERM
  reload_under_load term.txt /again/slow.cgi reload_ours 'fcgiwrap with stop_signal = TERM'
}

# first_answer SIDE: print the milliseconds until nginx answers a request with 200, after at most 20 s.
first_answer() {
  local began=$EPOCHREALTIME
  wait_for 20 answers "$1"
  elapsed_ms "$began"
}

answers() {
  get "/$1/quick.php" | grep -q '^HTTP/1.1 200'
}

# kill_one_child SIDE PID: one of its children under load; sets $lost, and $ms until there are as many as before.
kill_one_child() {
  local loader began
  load_http 3 kill.txt "/$1/slow.php" &
  loader=$!
  let_pass 1
  victim=$(workers "$2" | head -n 1)
  kill -KILL "$victim"
  began=$EPOCHREALTIME
  wait_for 10 has_children_without "$victim" "$2"
  ms=$(elapsed_ms "$began")
  wait $loader
  lost=$(failed kill.txt)
}

# Whether PID has as many children as it should have, none of which is VICTIM.
has_children_without() { # VICTIM PID
  [[ $(workers "$2" | grep -vxc "$1") == "$children" ]]
}

# hang SIDE: as many clients as there are processes connect to the socket itself and send nothing; sets $ms, how long
# the next request takes.
hang() {
  local pids=() _
  for ((i = 0; i < children; i++)); do
    "$bin/client" "unix:$PWD/$1" connect eof >/dev/null 2>&1 3>&- &
    pids+=($!)
  done
  let_pass 0.3
  ms=$(first_answer "$1")
  for pid in "${pids[@]}"; do
    wait "$pid" || true
  done
}

# left_of PID...: how many have not ended.
left_of() {
  local count=0 pid
  for pid in "$@"; do
    has_ended "$pid" || count=$((count + 1))
  done
  echo $count
}

@test "a killed child, a hung client and a killed master: php-cgi under preforkd and PHP-FPM, side by side" {
  needs php-cgi "$(find_fpm)"
  local pids expected='killed by SIGKILL' ours theirs
  begin_web
  begin_php
  begin_fpm 10s
  kill_one_child ours "$master"
  ours="$lost lost, replaced after $ms ms"
  at_most 'lost with the child that was killed' "$lost" 1
  kill_one_child theirs "$fpm"
  figure "line 29: a killed child:        ours $ours | PHP-FPM $lost lost, replaced after $ms ms"
  hang ours
  ours=$ms
  hang theirs
  figure "line 29: $children hung clients:         the next request: ours $ours ms | PHP-FPM $ms ms"
  at_most 'the next request behind clients that PHP closes after 5 s, in ms' "$ours" 8000

  mapfile -t pids < <(workers)
  kill_master
  began=$EPOCHREALTIME
  wait_for 10 all_ended "${pids[@]}"
  ours="0 of ${#pids[@]} children left after $(elapsed_ms "$began") ms"
  began=$EPOCHREALTIME
  begin_php
  wait_for 20 answers ours
  ours+=", a new master answers after $(elapsed_ms "$began") ms"
  mapfile -t pids < <(workers "$fpm")
  end_process "$fpm" KILL
  let_pass 1
  theirs="$(left_of "${pids[@]}") of ${#pids[@]} children left after 1 s"
  : >fpm.log
  start_fpm
  if wait_for 3 fpm_is_ready 1 2>/dev/null; then
    theirs+=', a new master starts'
  else
    theirs+=", a new master does not start: $(sed -n 's/.*ERROR: //p' fpm.log | head -n 1)"
  fi
  figure "line 29: a killed master:       ours $ours | PHP-FPM $theirs"
  kill -KILL "${pids[@]}" 2>/dev/null || true
}

all_ended() { # PID...
  [[ $(left_of "$@") == 0 ]]
}

# busy_after_kill PID: kill one of its children; print the hundredths of a second of processor time that it and its children
# take in the next 2 s.
busy_after_kill() {
  local before
  kill -KILL "$(workers "$1" | head -n 1)"
  let_pass 1
  before=$(spent "$1")
  let_pass 2
  echo $(($(spent "$1") - before))
}

@test "fcgiwrap: a killed child costs no processor time, and none outlives its parent; its own -c beside it" {
  needs fcgiwrap
  local expected='killed by SIGKILL' pids ours theirs
  begin_web
  begin_ours fcgiwrap
  ours=$(busy_after_kill "$master")
  "$bin/launch" fcgiwrap -c "$children" -s "unix:$PWD/theirs" </dev/null >wrap.out 2>&1 3>&- &
  wrap=$!
  wait_for 10 answers_script
  theirs=$(busy_after_kill "$wrap")
  figure "line 29: fcgiwrap, 2 s after a child was killed: ours $((ours / 2)) % of a processor, $(workers | wc -l) of $children" \
    "processes | fcgiwrap -c $children $((theirs / 2)) %, $(workers "$wrap" | wc -l) of $children"
  at_most 'processor time after a child was killed, in hundredths of 2 s' "$ours" 2
  assert_equal "$(workers | wc -l)" "$children" 'processes'

  mapfile -t pids < <(workers)
  kill_master
  wait_for 10 all_ended "${pids[@]}"
  ours="0 of ${#pids[@]}"
  mapfile -t pids < <(workers "$wrap")
  end_process "$wrap" KILL
  let_pass 1
  figure "line 29: fcgiwrap, its parent is killed: ours $ours left | fcgiwrap -c $children: $(left_of "${pids[@]}") of ${#pids[@]} left"
  kill -KILL "${pids[@]}" 2>/dev/null || true
}

answers_script() {
  get /theirs/quick.cgi | grep -q '^HTTP/1.1 200'
}
