#!/usr/bin/env bats
# The Makefile as a person uses it: run, test without bats, install and uninstall.

load helpers/common

# make_ ARGUMENT...: make in the tree, on the programs that are built already.
make_() {
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
    make --no-print-directory -C "$BATS_TEST_DIRNAME/.." -o all BUILD="$BUILD" "$@" 3>&-
}

@test "make install puts programs, manual pages and examples in place" {
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr
  assert_equal "$(cd root && find . -type f | sort)" "./etc/preforkd/preforkd.conf
./usr/bin/preforkcall
./usr/bin/preforkctl
./usr/bin/preforkload
./usr/lib/systemd/system/preforkd-root.service
./usr/lib/systemd/system/preforkd.service
./usr/lib/systemd/system/preforkd.socket
./usr/sbin/preforkd
./usr/share/bash-completion/completions/preforkd
./usr/share/doc/preforkd/examples/Dockerfile
./usr/share/doc/preforkd/examples/container.conf
./usr/share/doc/preforkd/examples/inet.conf
./usr/share/doc/preforkd/examples/program.conf
./usr/share/doc/preforkd/examples/s6/notification-fd
./usr/share/doc/preforkd/examples/s6/run
./usr/share/doc/preforkd/examples/unix.conf
./usr/share/man/man1/preforkcall.1
./usr/share/man/man1/preforkctl.1
./usr/share/man/man1/preforkload.1
./usr/share/man/man5/preforkd.conf.5
./usr/share/man/man8/preforkd.8"
  assert_equal "$(stat -c %a root/usr/sbin/preforkd root/usr/share/man/man8/preforkd.8)" $'755\n644'
  root/usr/sbin/preforkd -t -c root/etc/preforkd/preforkd.conf
}

@test "make install gives each program its completion, by a relative link" {
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr
  make_ -s install DESTDIR="$PWD/root" PREFIX=/usr # over one that is there
  cd root/usr/share/bash-completion/completions
  assert_equal "$(ls)" "$(cd "$BATS_TEST_TMPDIR/root/usr" && find bin sbin -type f -printf '%f\n' | sort)"
  for program in *; do
    cmp "$program" "$BATS_TEST_DIRNAME/../client/completion.bash"
    assert_equal "$(readlink "$program" || echo preforkd)" preforkd
  done
}

@test "make install leaves a configuration that is there alone, whatever PREFIX" {
  for prefix in /usr:/etc /usr/local:/usr/local/etc; do
    mkdir -p "root${prefix#*:}/preforkd"
    echo mine >"root${prefix#*:}/preforkd/preforkd.conf"
    make_ -s install DESTDIR="$PWD/root" PREFIX="${prefix%:*}"
    make_ -s install DESTDIR="$PWD/root" PREFIX="${prefix%:*}"
    assert_equal "$(<"root${prefix#*:}/preforkd/preforkd.conf")" mine
  done
}

@test "make uninstall takes away all but the configuration" {
  make_ -s install DESTDIR="$PWD/root"
  make_ -s uninstall DESTDIR="$PWD/root"
  assert_equal "$(find root ! -type d)" root/usr/local/etc/preforkd/preforkd.conf
}

@test "make test without bats names the command that helps, and exits 2" {
  mkdir bin
  ln -s /usr/bin/* bin/
  rm -f bin/bats
  PATH=$PWD/bin run make_ test
  assert_equal "$status" 2
  assert_equal "${lines[0]}" "bats is missing: run 'sudo make deps'"
}

@test "make run says how to call the master, which the caller then can, and ends well on Ctrl-C" {
  cat >t.conf <<<"mode = unix"$'\n'"path = $PWD/s"$'\n[pool a]\n[pool b]\nmode = inet\nport = 0'
  "$bin/launch" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
    make --no-print-directory -C "$BATS_TEST_DIRNAME/.." -o all BUILD="$BUILD" run \
    CONF="$PWD/t.conf" PATH="$PATH" </dev/null >run.out 2>run.log 3>&- &
  local make=$! called
  wait_for 20 grep -q 'ready: pool b' run.log
  grep -qxF "  $BUILD/preforkcall -c $PWD/t.conf" run.out
  grep -q '^  printf A | nc 127\.0\.0\.1 PORT$' run.out
  called=$(grep -F 'nc -U' run.out)
  assert_match "$called" '^  printf A \| nc -U /.*/s$'
  assert_equal "$(eval "$called")" B
  kill -INT -- "-$make"
  wait_for 20 has_ended "$make"
  wait "$make" || true # make's own status after Ctrl-C is make's
  grep -q 'stopped: pool a' run.log
  refute test -S "${called##* }"
}
