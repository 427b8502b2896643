#!/usr/bin/env bats
# The rules of `make check` that are this project's own, tests/*.sh, on trees that break them.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # bats and helpers/common set them; each test has its own subshell

load helpers/common

# A tree with one file a room, and the script that judges it.
setup() {
  enter_test
  mkdir -p tests server/{net,pool,service/{builtin,preforkd}} common client/{shared,call,ctl}
  cp "$BATS_TEST_DIRNAME"/{arrows,words}.sh tests
  source_file common/number.c
  source_file server/net/listener.c 'common/number.h'
  source_file server/pool/pool.c 'server/net/listener.h' 'common/number.h'
}

# source_file FILE HEADER...: one that includes them.
source_file() {
  local file=$1
  shift
  {
    echo '// A file.'
    ((!$#)) || printf '#include "%s"\n' "$@"
  } >"$file"
}

# What tests/arrows.sh finds, but for its own exceptions, which nothing in this tree needs.
arrows() {
  BUILD=none bash tests/arrows.sh | grep -v '^tests/arrows.sh: pending: '
}

# compile COMPILER FILE...: look for what the Makefile has every build refuse; $output is that. Clang finds all of it
# before it would generate code.
compile() {
  local how=(-S -fmax-errors=0) options
  [[ $1 != clang ]] || how=(-fsyntax-only -ferror-limit=0)
  read -ra options < <(sed -n 's/^refused *:= *//p' "$BATS_TEST_DIRNAME/../Makefile")
  run "$1" -std=gnu11 -D_GNU_SOURCE -DVERSION='""' -I"$BATS_TEST_DIRNAME/.." -I"$BATS_TEST_DIRNAME/../server/service" "${how[@]}" "${options[@]}" "${@:2}"
}

# Set `compilers` to those of the two that are there: clang is not needed but for make check.
find_compilers() {
  local compiler
  compilers=()
  for compiler in gcc clang; do
    ! command -v $compiler >/dev/null || compilers+=("$compiler")
  done
  ((${#compilers[@]} > 0)) || skip 'neither gcc nor clang'
  ((${#compilers[@]} == 2)) || echo "# only ${compilers[*]}" >&3
}

# Print the lines of the errors in $output.
refused_lines() {
  sed -n 's/^[^ ]*:\([0-9]*\):[0-9]*: error: .*/\1/p' <<<"$output" | sort -un | xargs
}

@test "failures: the compilers refuse one without its reason, and one that is not looked at" {
  local compiler compilers
  find_compilers
  cat >dropped.c <<'END'
#include <stdlib.h>
#include "common/failure.h"

static MAY_FAIL good(int fd, struct failure *failure)
{
    const struct failed *failed = NULL;

    if (fd < 0)
        failed = fail(failure, STATUS_SYSTEM, "it is closed");
    return failed != NULL || fd > 0 ? failed : fail(failure, STATUS_SYSTEM, "it is 0");
}

int main(void)
{
    struct failure failure = FAILURE_UNSAID;

    good(0, &failure);
    fail(&failure, STATUS_SYSTEM, "it is open");
    return good(1, &failure) != NULL;
}
END
  cat >unsaid.c <<'END'
#include <stdlib.h>
#include "common/failure.h"

MAY_FAIL bad(int fd, struct failure *failure);

MAY_FAIL bad(int fd, struct failure *failure)
{
    const struct failed *failed = NULL;

    if (fd < 0)
        return -1;
    if (fd == 0)
        failed = -1;
    if (fd == 1)
        return unsetenv("NAME");
    if (fd == 2)
        return failure;
    return failed;
}
END
  for compiler in "${compilers[@]}"; do
    compile "$compiler" dropped.c
    assert_equal "$(refused_lines)" '17 18' "$compiler"
    compile "$compiler" unsaid.c
    assert_equal "$(refused_lines)" '11 13 15 17' "$compiler"
  done
}

# Print each file that $output has errors in, and in how many of its lines.
refused_files() {
  awk -F: '/^[^ ]*:[0-9]+:[0-9]+: error: / && !seen[$1 FS $2]++ { lines[$1]++ }
    END { for (file in lines) print file, lines[file] }' <<<"$output" | sort
}

@test "failures: whichever fail() of the programs is taken out, the compilers refuse that" {
  local compiler compilers files
  find_compilers
  mapfile -t files < <(cd "$BATS_TEST_DIRNAME/.." && grep -rlE '\bfail\([a-z>&-]*failure,' common server --include='*.c')
  # In its place -1, and as many lines.
  perl -0ne '
    $count = s/\bfail\((?:[a-z]+->|&)?failure,([^;]*)\);/"-1;" . $1 =~ tr,\n,,cdr/ge;
    $ARGV =~ s,.*/\.\./,,;
    $ARGV =~ tr,/,_,;
    open my $without, ">", $ARGV or die;
    print $without $_;
    print "$ARGV $count\n" if $count' "${files[@]/#/$BATS_TEST_DIRNAME/../}" | sort >taken_out
  (($(awk '{ sum += $2 } END { print sum }' taken_out) > 40)) || fail "only $(<taken_out)"
  for compiler in "${compilers[@]}"; do
    compile "$compiler" common_*.c server_*.c
    assert_equal "$(refused_files)" "$(<taken_out)" "$compiler: refused"
  done
}

@test "failures: a function that gets a failure to fill is MAY_FAIL" {
  cp -r "$BATS_TEST_DIRNAME/../tests" .
  source_file server/net/listener.c
  printf '%s\n' 'MAY_FAIL adopt(int fd,' '               struct failure *failure)' '{' '}' 'int take(int fd,' \
    '         struct failure *failure)' '{' '}' >>server/net/listener.c
  run bash tests/check.sh
  assert_match "$output" 'server/net/listener.c:[0-9]+: int take\(int fd,: what gets a failure to fill is MAY_FAIL'
  refute grep -q adopt <<<"$output"
}

@test "width: a line of C is at most 100 columns wide, a comment too, however many bytes these are" {
  cp -r "$BATS_TEST_DIRNAME/../tests" .
  source_file server/net/listener.c
  printf '// %97s\n' a b é >>server/net/listener.c
  run bash tests/check.sh
  refute grep 'over 100 columns' <<<"$output"
  printf '// %98s\n' c >>server/net/listener.c
  run bash tests/check.sh
  assert_match "$output" '(^|'$'\n'')server/net/listener.c:5:// +c: over 100 columns'
}

@test "arrows: a file may include a room with a lower number" {
  run arrows
  assert_equal "$output" ''
}

@test "arrows: an upward #include is a breach" {
  source_file server/net/listener.c 'common/number.h' 'server/pool/pool.h'
  run arrows
  assert_equal "$output" \
    'server/net/listener.c: uses server/pool/pool.h: server/net (1) may not know server/pool (6)'
}

@test "arrows: rooms of the same number do not know each other" {
  mkdir server/log
  source_file server/log/sink.c 'server/net/listener.h'
  run arrows
  assert_equal "$output" \
    'server/log/sink.c: uses server/net/listener.h: server/log (1) may not know server/net (1)'
}

@test "arrows: server, client and common, and the client's programs, are apart" {
  source_file common/io.c 'server/net/listener.h'
  source_file server/pool/slots.c 'client/shared/format.h'
  source_file client/ctl/main.c 'client/call/main.h' 'client/shared/format.h'
  source_file client/shared/format.c 'server/net/listener.h' 'common/number.h'
  run arrows
  assert_equal "${#lines[@]}" 4 "breaches: $output"
  for pair in 'common (0) .* server/net (1)' 'server/pool (6) .* client/shared (1)' \
    'client/ctl (5) .* client/call (3)' 'client/shared (1) .* server/net (1)'; do
    grep -q "$pair" <<<"$output" || fail "not found: $pair"
  done
}

@test "arrows: angle brackets pass by none of them" {
  touch server/service/preforkd/service.h server/service/service.h
  printf '#include <%s>\n' preforkd/service.h stdio.h >>server/pool/pool.c # a lower room, and none
  printf '#include <%s>\n' preforkd/service.h service.h server/pool/pool.c >>server/net/listener.c
  run arrows
  assert_equal "$output" \
    'server/net/listener.c: uses server/service/preforkd/service.h: server/net (1) may not know server/service (3)
server/net/listener.c: <service.h> is a file of the project: include it by its whole path, in quotes
server/net/listener.c: <server/pool/pool.c> is a file of the project: include it by its whole path, in quotes'
}

@test "arrows: a symbol of a higher room is a breach, without any #include" {
  command -v nm >/dev/null || skip 'no nm'
  mkdir -p build/obj/server/{net,pool}
  echo 'int pool_grow(void); int listen_now(void); int listen_now(void) { return pool_grow(); }' >server/net/listener.c
  echo 'int pool_grow(void); int pool_grow(void) { return 0; }' >server/pool/pool.c
  for file in server/net/listener server/pool/pool; do
    "${CC:-gcc}" -c $file.c -o build/obj/$file.o
  done
  BUILD=build run bash tests/arrows.sh
  assert_match "$output" \
    'server/net/listener.c: uses pool_grow: server/net \(1\) may not know server/pool \(6\)'
}

@test "arrows: an exception that nothing needs is a breach" {
  sed -i "s,^pending='\$,&\nserver/net server/pool," tests/arrows.sh
  run bash tests/arrows.sh
  grep -qxF 'tests/arrows.sh: pending: nothing needs `server/net server/pool` any more' <<<"$output"
}

@test "arrows: a service includes preforkd/service.h alone, and a folder has at most 24 files" {
  source_file server/service/builtin/echo.c 'common/number.h'
  touch server/net/{1..24}
  run arrows
  assert_equal "$output" 'server/service/builtin/echo.c:#include "common/number.h": a service includes preforkd/service.h alone
server/net: 25 files, over 24'
}

@test "keys: a key without a row in the table of changes, or without a function that sees its value, is a breach" {
  mkdir -p common/config tests/helpers
  cp "$BATS_TEST_DIRNAME/keys.sh" tests
  cp "$BATS_TEST_DIRNAME"/helpers/every_key*.bash tests/helpers
  cp "$BATS_TEST_DIRNAME/../common/config/keys.c" common/config
  run bash tests/keys.sh
  assert_equal "$status $output" '0 '
  sed -i 's/^    {"backlog", KIND_.*/&\n    {"brand_new", KIND_WORD, POOL(brand_new), "no", 0, 0, yes_or_no, 0},/' common/config/keys.c
  run bash tests/keys.sh
  assert_equal "$status $output" '1 common/config/keys.c: brand_new: has no row in tests/helpers/every_key.bash
common/config/keys.c: brand_new: has no function in tests/helpers/every_key*.bash'
  cp "$BATS_TEST_DIRNAME/../common/config/keys.c" common/config
  sed -i '/^backlog /d' tests/helpers/every_key.bash
  run bash tests/keys.sh
  assert_equal "$status $output" '1 common/config/keys.c: backlog: has no row in tests/helpers/every_key.bash'
}

@test "words: comments, documents and messages are counted, code and names are not" {
  mkdir -p conf server/master
  touch Makefile tests/none.mk DESIGN.md client/a.1 server/a.8
  printf '%s\n' '/* Wait for the' ' * caller. */' '// One' '// whom.' 'int caller = 1; // told' \
    '// The user `nobody`, preforkcall, a control_caller.' \
    'const char *text = "the caller " "is told";' '"nobody"' >server/master/a.c
  printf '%s\n' 'The clients of the' 'article are told.' '' 'A connection in' 'hand.' >README.md
  run bash tests/words.sh -v
  grep -qx 'words: server: 3 of 6 comments, 50.00 %' <<<"$output" || fail "$output"
  grep -qx 'words: documents: 1' <<<"$output"
  grep -qx 'words: messages: 1' <<<"$output"
  grep -q '^README.md:4: .*A connection in hand' <<<"$output"
}
