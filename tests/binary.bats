#!/usr/bin/env bats
# The programs as they are built: what makes an attacker's life harder is in each of them, and the same sources
# become the same bytes, wherever they lie.

load helpers/common

tree=$BATS_TEST_DIRNAME/..
programs=(preforkd preforkctl preforkload preforkcall)

# built_with WORD: whether that is a word of the command that compiled them.
built_with() {
  grep -qE -- "(^| )$1( |\$)" "$BUILD/flags"
}

skip_sanitizers() {
  ! built_with '-fsanitize=[a-z,]*' || skip "a build with sanitizers has their checks in place of these"
}

# each COMMAND...: it holds for each program.
each() {
  local program
  for program in "${programs[@]}"; do
    "$@" "$BUILD/$program" || fail "$program: not so: $*"
  done
}

# shows WORDS PATTERN PROGRAM: a line that readelf WORDS prints of it matches.
shows() {
  # shellcheck disable=SC2086 # words
  readelf -W $1 "$3" | grep -qE "$2"
}

@test "no program has an executable stack, and each is read-only where it was relocated" {
  each shows -l '^ *GNU_STACK .* RW +0x'
  each shows -l '^ *GNU_RELRO '
}

@test "each program can be loaded anywhere, and resolves all symbols before it runs" {
  ! built_with -no-pie || skip 'musl-gcc links no static program that can be loaded anywhere'
  each shows -h '^ *Type: +DYN '
  each shows -d '\(FLAGS_1\).* PIE'
  each shows -d '\(FLAGS_1\).* NOW'
}

@test "functions with an array check that they have not left it, before they return" {
  skip_sanitizers
  # In a static program the function is there whether it is used or not.
  shows -s ' UND __stack_chk_fail' "$BUILD/obj/common/endpoint.o"
  shows -s ' UND __stack_chk_fail' "$BUILD/obj/server/main.o"
  each shows -s ' __stack_chk_fail'
}

@test "libc checks the sizes of what it fills" {
  skip_sanitizers
  ! built_with 'musl-gcc' || skip 'musl has no such functions'
  getconf GNU_LIBC_VERSION >&2 || skip 'only GNU libc has such functions'
  each shows -s ' __v?snprintf_chk'
}

# build_in FOLDER: copy the sources there, and build two objects and a program of one.
build_in() {
  local static
  mkdir -p "$1"
  cp -R "$tree"/{Makefile,common,server,client,conf,tests} "$1"
  ! built_with '-static(-pie)?' || static=1
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$1" CC="$(cut -d ' ' -f 1 "$BUILD/flags")" STATIC="${static-}" \
    build/obj/common/endpoint.o build/obj/server/main.o build/tests/floor >&2 3>&-
}

@test "the same sources in two folders become the same objects and programs" {
  build_in "$PWD/one"
  build_in "$PWD/another/of a longer name"
  for file in obj/common/endpoint.o obj/server/main.o tests/floor; do
    cmp "one/build/$file" "another/of a longer name/build/$file"
  done
}
