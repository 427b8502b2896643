#!/usr/bin/env bats
# The key control_readers: who may ask over the control socket, beside root and the master's user, and command nothing.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034,SC2016 # helpers set them; a shell as another user

load helpers/common
load helpers/ctl
load helpers/place

# The kinds of client, by numbers that no data base has; the readers are a user, a group, and a member of that.
readers='user:64901, group:64902'
declare -gA as=(
  [root]='--reuid=0 --regid=0 --clear-groups'
  [master]='--reuid=64900 --regid=64900 --clear-groups'
  [user]='--reuid=64901 --regid=64911 --clear-groups'
  [group]='--reuid=64912 --regid=64902 --clear-groups'
  [member]='--reuid=64913 --regid=64913 --groups=64914,64902'
  [stranger]='--reuid=64915 --regid=64915 --groups=64916'
)

# Go where all users may come, with the programs that they run.
setup_place() {
  ((EUID == 0)) || skip 'only root can be another user'
  command -v setpriv >/dev/null || skip 'no setpriv'
  make_place
  cp "$BUILD/preforkctl" "$bin/client" "$place"
  cd "$place" || return
}

# become KIND COMMAND...
become() {
  # shellcheck disable=SC2086 # options
  setpriv ${as[$1]} "${@:2}"
}

# Print the first two words of the reply to each LINE, where they are a refusal the status alone.
ask_as() { # KIND LINE...
  become "$1" bash -c 'for line; do
    status=
    read -r reply status _ <<<"$(timeout 20 nc -NU control <<<"$line")" # all of it: a reload has ended
    echo "${status:-$reply}"
  done' - "${@:2}" 3>&-
}

# expect_as KIND STATUS REGEX ARGUMENT...: what preforkctl says to it.
expect_as() {
  run become "$1" timeout 20 "$place/preforkctl" -s "${socket_name-control}" "${@:4}" 3>&-
  assert_equal "$status" "$2" "the exit status of ${*:4} by $1, with '$output',"
  assert_match "$output" "$3"
}

# all_are_logged N: the lines tell of so many refusals. Sets $lines_logged.
all_are_logged() {
  local left_out
  lines_logged=$(grep -c 'control: refused user' "$log")
  left_out=$(grep -o '[0-9]* more since the last such line' "$log" | awk '{ n += $1 } END { print n + 0 }')
  ((lines_logged + left_out == $1))
}

@test "each command by each kind of user: root and the master's user command, readers ask, strangers get nothing" {
  local began=$SECONDS table='
    command    root master user group member stranger
    status     ok   ok     ok   ok    ok     77
    workers    ok   ok     ok   ok    ok     77
    ping       ok   ok     ok   ok    ok     77
    sources    ok   ok     77   77    77     77
    diff       ok   ok     77   77    77     77
    reload     ok   ok     77   77    77     77
    upgrade    ok   ok     77   77    77     77
    scale_3    ok   ok     77   77    77     77
    reopen     ok   ok     77   77    77     77
    stop_slow  64   64     77   77    77     77
    nonsense   64   64     64   64    64     77'
  local -a commands kinds
  setup_place
  chown 64900 .
  cp "$BUILD/preforkd" .
  runner=(setpriv --reuid=64900 --regid=64900 --clear-groups)
  preforkd=$place/preforkd
  serve unix control=control "control_readers=$readers"
  rm preforkd # so that an upgrade fails at once
  assert_equal "$(stat -c %a control)" 666
  read -ra kinds < <(awk '$1 == "command" { $1 = ""; print }' <<<"$table")
  mapfile -t commands < <(awk 'NF && $1 != "command" { sub(/_/, " ", $1); print $1 }' <<<"$table")
  for ((at = 0; at < ${#kinds[@]}; at++)); do
    paste -d ' ' <(printf '%s\n' "${commands[@]}") <(ask_as "${kinds[at]}" "${commands[@]}") >got
    diff got <(awk -v at=$((at + 2)) 'NF && $1 != "command" { sub(/_/, " ", $1); print $1, $at }' <<<"$table") ||
      fail "that was ${kinds[at]}"
  done
  # What preforkctl makes of that, and of its own commands.
  for command in status workers metrics why top; do
    expect_as member 0 . $command
  done
  expect_as member 77 'preforkctl: user 64913 may ask status, workers, metrics and why, as control_readers says, and not reload$' reload
  expect_as user 77 'user 64901 may .* not sources$' sources
  expect_as stranger 77 'preforkctl: user 64915 may not command this master, nor ask it: see control_readers$' metrics
  let_pass 1.1
  expect_as stranger 77 . status
  # 21 of readers in the table, 11 of the stranger, and 4.
  wait_for 5 all_are_logged 36
  ((lines_logged <= SECONDS - began + 2)) || fail "$lines_logged lines in $((SECONDS - began)) s"
  log_has 'control: refused user 649(01|12|13), process [0-9]+, which may only ask: [a-z]+(;|$)'
  wait_for 5 worker_count_is 3
}

# Print whether the readers, and their group, get an answer.
readers_get() { # STATUS
  ask_as user status | grep -qx "$1" && ask_as member status | grep -qx "$1"
}

# A client of the kind user connects, and waits for a line on descriptor $held.
hold_reader() {
  local before
  before=$(find "/proc/$master/fd" -mindepth 1 | wc -l)
  rm -f held
  mkfifo held
  become user timeout 20 nc -NU control <held >held.out 3>&- &
  holder=$!
  exec {held}>held
  wait_for 5 has_more_descriptors "$before"
}

has_more_descriptors() {
  (($(find "/proc/$master/fd" -mindepth 1 | wc -l) > $1))
}

# Of `try_thrice`: a client that is silent for 10 seconds is hung up on.
keep_out_connected_reader() {
  cat readers.conf without.conf >master.conf
  "$BUILD/preforkctl" -s control reload 3>&- || return
  assert_equal "$(stat -c %a control)" 666 || return
  readers_get ok || return
  hold_reader || return
  cp without.conf master.conf
  "$BUILD/preforkctl" -s control reload 3>&- || return
  echo status >&"$held"
  exec {held}>&-
  wait "$holder" || true
  assert_equal "$(stat -c %a control)" 600 || return
  assert_equal "$(<held.out)" 'error 77 user 64901 may not command this master'
}

@test "a reload and an upgrade let readers in and keep them out, those that are connected as well" {
  setup_place
  serve unix control=control
  expect_as user 77 'not permitted to command the master' status
  echo "control_readers = $readers" >readers.conf
  cp master.conf without.conf
  cat readers.conf without.conf >master.conf
  # What fails changes nothing.
  echo nonsense >>master.conf
  run "$BUILD/preforkctl" -s control upgrade 3>&-
  assert_equal "$status $(stat -c %a control)" '1 600'
  try_thrice keep_out_connected_reader
  cat readers.conf without.conf >master.conf
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  assert_equal "$(stat -c %a control)" 666
  readers_get ok
  cp without.conf master.conf
  "$BUILD/preforkctl" -s control upgrade 3>&-
  follow_upgrade
  assert_equal "$(stat -c %a control)" 600
  expect_as user 77 'not permitted to command the master' status
}

@test "a reader that loses its right gets no further piece of the reply that it is reading" {
  setup_place
  printf '%s\n' "control = $PWD/control" 'mode = unix' 'workers = 0..1' >without.conf
  for n in {1..300}; do
    printf '[pool p%d]\npath = s%d\n' "$n" "$n"
  done >>without.conf
  start_master < <(echo "control_readers = $readers" && cat without.conf)
  # Longer than what the socket and the pipe hold.
  mkfifo reply
  become user timeout 20 nc -NU control <<<status >reply 2>/dev/null 3>&- &
  exec {held}<reply
  read -r line <&"$held"
  assert_equal "$line" ok
  cp without.conf master.conf
  "$BUILD/preforkctl" -s control reload 3>&-
  cat <&"$held" >rest
  exec {held}<&-
  grep -q '^pool p1$' rest
  refute grep -qx end rest
}

@test "an abstract control socket has no mode: credentials decide, before and after a reload" {
  setup_place
  socket_name=@preforkd-readers-$$
  serve unix "control=$socket_name"
  expect_as user 77 'user 64901 may not command this master$' status
  sed -i "1i control_readers = $readers" master.conf
  "$BUILD/preforkctl" -s "$socket_name" reload 3>&-
  expect_as user 0 . status
  expect_as member 77 'and not stop' stop
  expect_as stranger 77 'nor ask it' status
}

# Of `try_thrice`: a client that is silent for 10 seconds is hung up on, and so is `patient` where the machine stands still.
crowd_the_socket() {
  local kind crowd=()
  kept=1
  begin_call patient -t 60 connect say:in wait send:$'ping\n' expect:ok
  heard patient in || kept=
  for kind in user stranger; do
    # shellcheck disable=SC2086 # options
    setpriv ${as[$kind]} "$place/client" -n 300 -t 60 "$endpoint" connect say:in wait <&"$input" >"$kind.out" 2>&1 3>&- &
    crowd+=($!)
  done
  wait_for 20 grep -qx in user.out || kept=
  wait_for 20 grep -qx in stranger.out || kept=
  run timeout 20 "$BUILD/preforkctl" -s control ping 3>&-
  assert_equal "$output" "the master is process $master" || kept=
  (($(find "/proc/$master/fd" -mindepth 1 | wc -l) < 180)) || kept='' # more than half of the places
  let_go patient
  end_call patient || kept=
  kill "${crowd[@]}" || true
  wait "${crowd[@]}" || true
  wait_for 5 descriptors_are_as_before master || return
  [[ $kept ]]
}

@test "readers and strangers that connect and send nothing take no place of root's" {
  local input kept
  setup_place
  serve unix control=control "control_readers=$readers"
  mkfifo input
  exec {input}<>input
  endpoint=unix:$PWD/control
  try_thrice crowd_the_socket
}

@test "what is wrong with control_readers has its place, and a list has blanks or commas" {
  each_is_refused <<'END'
control_readers = 10.0.0.0/8\nmode = unix\npath = s|1:19: control_readers '10.0.0.0/8' is not user:NAME or group:NAME
control_readers = all\nmode = unix\npath = s|1:19: control_readers 'all' is not user:NAME or group:NAME
control_readers = user:root, user:\nmode = unix\npath = s|1:19: control_readers 'user:' has no name
control_readers = ,\nmode = unix\npath = s|1:19: control_readers ',' has no word
control_readers = group:no-such-group\ncontrol = c\nmode = unix\npath = s|1:19: control_readers 'group:no-such-group': no such group
mode = unix\n[pool a]\npath = s\ncontrol_readers = user:root|4:1: 'control_readers' is a key of the master: set it before the first section
END
  printf 'mode = unix\npath = s\nallow = user:0,group:0 , user:7\ncontrol_readers = user:root, group:0,user:7\n' >t.conf
  assert_equal "$("$BUILD/preforkd" -T -c t.conf 3>&- | grep -E '^(control_readers|allow)' | cut -d'#' -f1 | xargs -n 5)" \
    $'control_readers = user:0 group:0 user:7\nallow = user:0 group:0 user:7'
  run "$BUILD/preforkd" -t -c t.conf 3>&-
  assert_equal "$status" 0
  assert_match "$output" 't.conf:4:19: warning: there is no control socket to ask, as control is not set'
}
