#!/usr/bin/env bats
# Line 30: the programs of two builds in different folders are equal, byte for byte.

load ../helpers/common
load shown

tree=$BATS_TEST_DIRNAME/../..

build_in() { # FOLDER
  mkdir -p "$1"
  cp -R "$tree"/{Makefile,common,server,client,conf,tests} "$1"
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j"$(nproc)" -C "$1" >&2 3>&-
}

@test "each program is the same, wherever it is built" {
  build_in "$PWD/one"
  build_in "$PWD/another/of a longer name"
  for program in preforkd preforkctl preforkload preforkcall; do
    cmp "one/build/$program" "another/of a longer name/build/$program"
    figure "line 30: $program is the same in both folders, $(stat -c %s "one/build/$program") bytes"
  done
}
