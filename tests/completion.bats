#!/usr/bin/env bats
# What bash completes (client/completion.bash) is what the programs accept.

load helpers/common

tree=$BATS_TEST_DIRNAME/..
# shellcheck source=client/completion.bash
source "$tree/client/completion.bash"

# Print the names of the programs that are built.
programs() {
  local program
  for program in preforkd preforkcall preforkload preforkctl; do
    [[ ! -x $BUILD/$program ]] || echo "$program"
  done
}

# offered WORD...: print the completions of the last word, one a line, sorted.
offered() {
  local COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _preforkd "$1"
  ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" | sort
}

lines_of() { # WORD...
  printf '%s\n' "$@"
}

@test "the four programs have it" {
  for program in preforkd preforkcall preforkload preforkctl; do
    assert_equal "$(complete -p $program)" "complete -F _preforkd $program"
  done
}

@test "the options of each program are offered, and no other" {
  for program in $(programs); do
    helped=$("$BUILD/$program" -h | grep -oE '(^ +|, )(-[a-zA-Z]|--[a-z-]+)\b' | tr -d ' ,' | sort)
    assert_match "$helped" $'\n'
    assert_equal "$(offered "$BUILD/$program" -)" "$helped" "options of $program"
  done
  assert_equal "$(offered "$BUILD/preforkload" --co)" "$(lines_of --compare --connect-timeout --connections)"
}

@test "every option that is offered is one that the program knows" {
  for program in $(programs); do
    for option in $(offered "$BUILD/$program" -); do
      run "$BUILD/$program" "$option" -h </dev/null
      refute grep -Eq 'unrecognized|invalid option' <<<"$output"
    done
  done
}

@test "preforkctl's commands are offered, all of its table's" {
  [[ -x $BUILD/preforkctl ]] || skip "preforkctl is not built"
  mapfile -t commands < <(awk '/command_names\[\]/, /;/' "$tree/common/control_protocol.c" | grep -o '"[a-z]*"' | tr -d '"')
  ((${#commands[@]} >= 9)) || fail "the table has only: ${commands[*]}"
  for command in "${commands[@]}" why top metrics http; do
    assert_equal "$(offered "$BUILD/preforkctl" "$command")" "$command"
    assert_equal "$(offered "$BUILD/preforkctl" -c x.conf "$command")" "$command"
  done
  assert_equal "$(offered "$BUILD/preforkctl" status '')" "" "behind a command"
}

# Write a program that prints help as preforkctl does.
pretend() {
  cat >preforkctl <<'END'
#!/bin/sh
cat <<'HELP'
usage: preforkctl -c FILE COMMAND

  status            what the master knows
  scale [POOL] N    how many workers there are to be

  -c FILE           the configuration of the master
  -s SOCKET         its control socket
  --timeout D       how long to wait for it
  --json            as JSON
  -h                print this
HELP
END
  chmod +x preforkctl
}

@test "a command is offered once, behind options and their arguments" {
  pretend
  assert_equal "$(offered ./preforkctl '')" "$(lines_of scale status)"
  assert_equal "$(offered ./preforkctl --timeout 2s --json sta)" status
  assert_equal "$(offered ./preforkctl --timeout '')" "" "where a number is due"
  assert_equal "$(offered ./preforkctl status '')" ""
}

@test "files are offered where a file is due, pools where a pool is" {
  pretend
  touch a.json b.json
  printf '%s\n' '[pool main]' 'path = s' '  [pool other] # too' >two.conf
  for program in preforkd preforkcall preforkload; do
    assert_equal "$(offered "$BUILD/$program" -c t)" two.conf
    assert_equal "$(offered "$BUILD/$program" -c nothing)" ""
  done
  assert_equal "$(offered ./preforkctl -s t)" two.conf
  assert_equal "$(offered ./preforkctl -c two.conf scale '')" "$(lines_of main other)"
  assert_equal "$(offered "$BUILD/preforkcall" -c two.conf -p o)" other
  assert_equal "$(offered "$BUILD/preforkload" --compare a.json b)" b.json
}

@test "an endpoint is begun, and the path of a unix one is a file" {
  touch s.socket
  assert_equal "$(offered "$BUILD/preforkcall" '')" "$(lines_of inet: unix:)"
  assert_equal "$(offered "$BUILD/preforkload" u)" unix:
  assert_equal "$(offered "$BUILD/preforkload" unix : s)" s.socket # as bash cuts it
  assert_equal "$(offered "$BUILD/preforkload" unix :)" s.socket
  assert_equal "$(offered "$BUILD/preforkload" -c two.conf '')" ""
}

@test "keys are offered where one is due, every one of the table, also behind a pool's name" {
  mapfile -t keys < <("$BUILD/tests/keys" | awk '{ print $1 "=" }' | sort)
  ((${#keys[@]} > 25))
  for program in preforkd preforkctl; do
    assert_equal "$(offered "$BUILD/$program" -o '')" "$(lines_of "${keys[@]}")"
  done
  assert_equal "$(offered "$BUILD/preforkd" -c two.conf -o com)" command=
  assert_equal "$(offered "$BUILD/preforkd" -o web.kill)" web.kill_after=
  assert_equal "$(offered "$BUILD/preforkd" -o start = c)" "" "where a value is due, as bash cuts it"
  assert_equal "$(offered "$BUILD/preforkctl" -o control = x sta)" status
}
