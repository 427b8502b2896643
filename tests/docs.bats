#!/usr/bin/env bats
# The documents agree with the programs: the manual and the examples with the table of keys, every
# -h with its page, and mandoc finds nothing.

load helpers/common

tree=$BATS_TEST_DIRNAME/..
programs='preforkd:server/preforkd.8 preforkcall:client/preforkcall.1 preforkload:client/preforkload.1
preforkctl:client/preforkctl.1'

# The keys of a MODE (unix, inet; anything: all).
keys() {
  "$BUILD/tests/keys" | case $1 in
  unix | inet) awk -v mode="$1" '$2 == mode || $2 == "any" { print $1 }' ;;
  *) awk '{ print $1 }' ;;
  esac | sort
}

same_lists() { # WHAT LIST LIST
  assert_equal "$2" "$3" "$1" || {
    diff <(echo "$2") <(echo "$3") >&2
    return 1
  }
}

@test "preforkd.conf(5) has each key of the table, once, and no other" {
  documented=$(sed -n 's/^\.It Ic \([a-z_]*\).*/\1/p' "$tree/server/preforkd.conf.5" | sort)
  same_lists "keys in preforkd.conf(5), in the table" "$documented" "$(keys all)"
}

@test "preforkd.conf(5) names each default" {
  local -A items
  local key='' line
  while IFS= read -r line; do
    [[ ! $line =~ ^\.It\ Ic\ ([^ ]*) ]] || key=${BASH_REMATCH[1]}
    [[ ! $key ]] || items[$key]+="$line "
  done <"$tree/server/preforkd.conf.5"
  while read -r key _ default; do
    [[ $default != - ]] || continue
    # `25s` may stand in the text as `25s`, `.Cm 25s` or `25s.`
    [[ " ${items[$key]//[$'\t"(),;']/ } " == *" $default"[\ .]* ]] ||
      fail "preforkd.conf(5) does not name $key's default, $default"
  done < <("$BUILD/tests/keys")
}

@test "conf/unix.conf and conf/inet.conf show each key of their mode, once, and no other" {
  for mode in unix inet; do
    shown=$(sed -n 's/^#\{0,1\}\([a-z_]*\) = .*/\1/p' "$tree/conf/$mode.conf" | sort)
    same_lists "keys in $mode.conf, in the table" "$shown" "$(keys $mode)"
  done
}

@test "what conf/*.conf show in comments are the defaults" {
  local -A defaults
  while read -r key _ default; do
    defaults[$key]=$default
  done < <("$BUILD/tests/keys")
  for mode in unix inet; do
    while read -r key value; do
      [[ ${defaults[$key]} == - ]] || assert_equal "$value" "${defaults[$key]}" "$key in $mode.conf"
    done < <(sed -n 's/^#\([a-z_]*\) = \([^ ]*\).*/\1 \2/p' "$tree/conf/$mode.conf")
  done
}

@test "conf/*.conf are good with every comment taken off" {
  for mode in unix inet; do
    sed 's/^#\([a-z_]* = \)/\1/' "$tree/conf/$mode.conf" >"$mode.conf"
    run "$BUILD/preforkd" -t -c "$mode.conf"
    # They show the keys of programs beside the service of the article.
    assert_equal "$(grep -v 'warning: pool main: no command is run' <<<"$output")" "$mode.conf: configuration ok"
  done
}

@test "every -h has the options of its page, and no other" {
  for pair in $programs; do
    program=${pair%%:*} page=$tree/${pair#*:}
    helped=$("$BUILD/$program" -h | sed -nE 's/^ +(-[a-zA-Z]|--[a-z-]+)(,? .*|$)/\1/p' | sort -u)
    # `.It Fl c Ar FILE`, `.It Fl -ready-fd Ar N`
    documented=$(sed -nE 's/^\.It Fl (-?[a-zA-Z-]+)( .*|$)/-\1/p' "$page" | sort -u)
    assert_match "$helped" .
    same_lists "options in $program -h, in its page" "$helped" "$documented"
  done
}

@test "every program knows --help and --version, and every page names all others" {
  for program in preforkd preforkcall preforkctl preforkload; do
    assert_equal "$("$BUILD/$program" --help)" "$("$BUILD/$program" -h)"
    assert_equal "$("$BUILD/$program" --version)" "$("$BUILD/$program" -V)"
  done
  for page in "$tree"/server/*.[58] "$tree"/server/service/*.3 "$tree"/client/*.1; do
    named=$(sed -n '/^\.Sh SEE ALSO/,$p' "$page")
    for other in preforkd.8 preforkd.conf.5 preforkcall.1 preforkctl.1 preforkload.1; do
      [[ ${page##*/} == "$other" || $named == *$'\n'".Xr ${other%.*} ${other##*.}"* ]] ||
        fail "${page##*/} does not name $other under SEE ALSO"
    done
  done
}

@test "every program says the same version" {
  for pair in $programs; do
    program=${pair%%:*}
    run "$BUILD/$program" -V
    assert_equal "$status" 0
    assert_equal "${output#* }" "$("$BUILD/preforkd" -V | cut -d' ' -f2)"
    assert_equal "${output% *}" "$program"
  done
}

@test "the pages name each exit status that the programs have" {
  for pair in $programs; do
    page=$tree/${pair#*:}
    grep -q '^\.Sh EXIT STATUS' "$page"
    for status in 0 64 69; do
      grep -Eq "^\.It (Cm |Li |Sy )?$status\b" "$page" || fail "$page does not name exit status $status"
    done
  done
}

@test "the wording of each event in preforkd(8) is the server's" {
  find "$tree/server" -name '*.c' -exec cat {} + | tr -s '\n ' ' ' | sed 's/" "//g' >code
  sed 's/%s/worker/g' code >nouns # what the processes of a pool are called
  cat nouns >>code
  sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh SEE/s/^\.It "\(.*\)"$/\1/p' "$tree/server/preforkd.8" >events
  (($(wc -l <events) > 25))
  # What is between the words in capitals.
  sed -E "s/'?\b[A-Z]+\b'?/\n/g" events | sed -E 's/^[ (,:)]+//; s/[ (,:)]+$//' | grep -E '^.{4,}' >words
  (($(wc -l <words) > 25))
  assert_equal "$(awk 'NR == FNR { code = code $0; next } !index(code, $0)' code words)" '' 'what no code says'
}

@test "preforkctl(1) has each member of the JSON that preforkctl prints" {
  serve unix control=control
  documented=" $(sed -nE 's/^\.(It )?Va //p' "$tree/client/preforkctl.1" | tr '\n' ' ')"
  for command in status workers; do
    members=$("$BUILD/preforkctl" -s control "$command" --json 3>&- | grep -oE '"[a-z0-9_]+":' | tr -d '":' | sort -u)
    assert_match "$members" pools
    for member in $members; do
      [[ $member == main || $documented == *" $member "* ]] ||
        fail "preforkctl(1) does not name $member of $command"
    done
  done
}

@test "each test that the threat model names is there, by file and title" {
  local files=0 line titles tests
  # [FILE](PATH) "TITLE", "TITLE"
  while IFS= read -r line; do
    files=$((files + 1))
    [[ $line =~ ^\[(.*)\]\(tests/(.*)\)\ \" && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]] || fail "no file: $line"
    tests=$'\n'$(<"$tree/tests/${BASH_REMATCH[1]}")
    titles=$line
    while [[ $titles =~ (\"[^\"]*\")(.*) ]]; do
      titles=${BASH_REMATCH[2]}
      [[ $tests == *$'\n'"@test ${BASH_REMATCH[1]} {"$'\n'* ]] || fail "no test in $line"
    done
  done < <(sed -n '/^## Threat model/,$p' "$tree/DESIGN.md" | tr '\n' ' ' |
    grep -oE '\[[a-z0-9_/-]+\.bats\]\([^)]*\)( "[^"]*",?)+')
  ((files > 40)) || fail "$files files"
}

@test "mandoc finds nothing to say about the pages" {
  command -v mandoc >/dev/null || skip "no mandoc"
  run mandoc -T lint -W warning "$tree"/server/*.[58] "$tree"/server/service/*.3 "$tree"/client/*.1
  assert_equal "$output" ""
  assert_equal "$status" 0
}
