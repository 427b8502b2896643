#!/usr/bin/env bats
# The package on Debian 12 and 13, where nothing of preforkd was before, with a real systemd: install, use, upgrade to the
# next version under load, purge.

load ../helpers/common
load systemd

teardown() {
  shut_down
}

# The package, and that of the next version.
prepare() {
  local tree=$BATS_TEST_DIRNAME/../.. make=(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C)
  mkdir "$BATS_FILE_TMPDIR/packages" "$BATS_FILE_TMPDIR/built"
  ln -s "$BUILD"/prefork{d,call,ctl,load} "$BATS_FILE_TMPDIR/built"
  "${make[@]}" "$tree" -o all BUILD="$BATS_FILE_TMPDIR/built" deb 3>&-
  "${make[@]}" "$tree" -j"$(nproc)" BUILD="$BUILD/next" version=99.0 deb >"$BATS_FILE_TMPDIR/next.log" 3>&-
  mv "$BATS_FILE_TMPDIR/built/"*.deb "$BATS_FILE_TMPDIR/packages/this.deb"
  mv "$BUILD/next/"*.deb "$BATS_FILE_TMPDIR/packages/next.deb"
  for suite in bookworm trixie; do
    "${make[@]}" "$tree" BUILD="$BUILD" DESTDIR="$BUILD/roots/$suite" uninstall 3>&-
    # Other tests have run its units there.
    rm -rf "$BUILD/roots/$suite"/{usr/local/etc/preforkd,var/log/preforkd*,var/log/private/preforkd*}
  done
}

# What the container has, but for what systemd and agetty write at any time.
files() {
  inside find / /run /tmp -xdev \( -path '/run/systemd/*' -o -path /run/log -o -path /run/agetty.reload \
    -o -path /var/log/journal \) -prune -o -printf '%p %y\n' | sort
}

answers() { # SOCKET
  assert_equal "$(inside preforkcall "unix:$1")" 'char from server = B' "an answer at $1"
}

# begin_load_inside NAME SOCKET: it has had answers.
begin_load_inside() {
  inside sh -c "echo \$\$ >/run/$1.pid; exec preforkload unix:$2 --quiet --json --connections 4 --duration 1h" >"$1.json" &
  declare -g "load_$1=$!"
}

# end_load_inside NAME: no request of it has failed.
end_load_inside() {
  local load="load_$1" status=0
  inside sh -c "kill -INT \$(cat /run/$1.pid) && rm /run/$1.pid"
  wait "${!load}" || status=$?
  assert_equal "$status $(json "$1.json" failed)" '130 0' "$1: exit status and failed requests"
  (($(json "$1.json" ok) > 0)) || fail "$1 had no answer"
}

accepted() { # CONF
  inside preforkctl -c "$1" status --json | grep -o '"accepted":[0-9]*' | head -n 1 | cut -d: -f2
}

# has_accepted COUNT CONF: its master has, more than that.
has_accepted() {
  (($(accepted "$2") > $1))
}

main_of() { # UNIT
  inside systemctl show --value -p MainPID "$1"
}

has_another_main() { # UNIT PID
  [[ $(main_of "$1") != @("$2"|0) ]]
}

# install_next: $said is what dpkg says, which succeeds.
install_next() {
  inside dpkg -i /packages/next.deb >said 2>&1 || {
    cat said >&2
    return 1
  }
  said=$(<said)
}

# package SUITE
package() {
  local depends libc conf=/etc/preforkd before before_two counts upgraded said unit
  root=$BUILD/roots/$1
  depends=$(dpkg-deb -f "$BATS_FILE_TMPDIR/packages/this.deb" Depends)
  depends=${depends#*>= }
  libc=$(sed -n '/^Package: libc6$/,/^$/s/^Version: //p' "$root/var/lib/dpkg/status")
  dpkg --compare-versions "$libc" ge "${depends%)}" || skip "built with a newer libc than $libc"
  start_container --volatile=overlay --bind-ro="$BATS_FILE_TMPDIR/packages:/packages"
  inside systemctl stop apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer # each may hold dpkg's lock
  inside systemctl stop apt-daily.service apt-daily-upgrade.service dpkg-db-backup.service
  files >before
  refute grep preforkd before

  inside dpkg -i /packages/this.deb
  assert_equal "$(inside systemctl is-enabled preforkd) $(inside systemctl is-active preforkd)" 'enabled active'
  inside preforkctl status | tee status
  grep -q '^main *running' status
  answers /run/preforkd/socket
  assert_equal "$(inside ps -o user= --ppid "$(main_of preforkd)" | sort -u)" preforkd 'their user'

  sed 's,/run/preforkd,&-two,' >two.conf < <(inside cat $conf/preforkd.conf)
  inside tee $conf/two.conf <two.conf >/dev/null
  inside systemctl --quiet enable --now preforkd@two
  answers /run/preforkd-two/socket
  begin_load_inside one /run/preforkd/socket
  begin_load_inside two /run/preforkd-two/socket
  wait_for 20 has_accepted 100 $conf/preforkd.conf
  wait_for 20 has_accepted 100 $conf/two.conf
  before=$(main_of preforkd) before_two=$(main_of preforkd@two)
  install_next
  counts=("$(accepted $conf/preforkd.conf)" "$(accepted $conf/two.conf)")
  assert_equal "$(grep -c '^upgraded: process [0-9]* is in charge' said)" 2
  refute grep -q 'runs on\|did not' said
  for unit in preforkd preforkd@two; do
    upgraded=$(main_of $unit)
    refute [ "$upgraded" = "$before" ]
    refute [ "$upgraded" = "$before_two" ]
    assert_equal "$(inside ps -o ppid= -p "$upgraded" | tr -d ' ')" 1 "the parent of the new master of $unit"
    assert_equal "$(inside systemctl is-active $unit) $(inside systemctl show --value -p NRestarts $unit)" 'active 0'
  done
  inside preforkctl metrics | grep 'build_info.*version="99.0"'
  # The counters go on from those of the old masters.
  wait_for 20 has_accepted $((counts[0] + 100)) $conf/preforkd.conf
  wait_for 20 has_accepted $((counts[1] + 100)) $conf/two.conf
  end_load_inside one
  end_load_inside two
  figure "$1: dpkg -i of the next version upgraded preforkd.service and preforkd@two.service in place:" \
    "$(json one.json ok) and $(json two.json ok) calls, 0 failed"

  inside kill -KILL "$(main_of preforkd)" # it is still systemd's
  wait_for 20 has_another_main preforkd "$upgraded"
  wait_for 20 inside preforkctl ping

  # A master that refuses runs on: with an unknown key, and with a log that root could open, but not the unit's user.
  before=$(main_of preforkd)
  inside cp $conf/preforkd.conf /root/kept.conf
  for line in 'workesr = 3' 'log = /etc/preforkd.log'; do
    inside sed -i "1i$line" $conf/preforkd.conf
    install_next
    assert_match "$said" "preforkd.service runs on as it was: mend what it says, then 'preforkctl -c $conf/preforkd.conf upgrade'"
    assert_equal "$(main_of preforkd) $(inside systemctl is-active preforkd)" "$before active" "the master that refuses $line"
    answers /run/preforkd/socket
    inside cp /root/kept.conf $conf/preforkd.conf
  done
  # One that is elsewhere than its file says, or has no control socket, is upgraded by a signal.
  for line in 'control = /run/preforkd/other' '' ''; do
    before=$(main_of preforkd)
    inside sed -i "s,^control = .*,$line," $conf/preforkd.conf
    install_next
    refute grep -q 'runs on\|did not' said
    has_another_main preforkd "$before"
    assert_equal "$(inside systemctl is-active preforkd) $(inside systemctl show --value -p NRestarts preforkd)" 'active 1'
    answers /run/preforkd/socket
  done
  inside cp /root/kept.conf $conf/preforkd.conf
  inside rm /root/kept.conf
  install_next
  wait_for 20 inside preforkctl ping

  # What was removed is purged, or installed again with the configuration that is there.
  inside sed -i 's,^workers = .*,workers = 3,' $conf/preforkd.conf
  inside dpkg --remove preforkd
  assert_equal "$(inside ps -e -o comm= | grep -c prefork || true)" 0 'processes'
  inside dpkg -i /packages/next.deb
  wait_for 20 inside preforkctl -c $conf/preforkd.conf ping
  inside preforkctl -c $conf/preforkd.conf status | grep '^main *running *0 *3 *3 '

  inside dpkg --purge preforkd
  assert_equal "$(inside ps -e -o comm= | grep -c prefork || true)" 0 'processes'
  files >after
  diff before after | grep '^[<>]' >left || true
  figure "$1: files that differ after the purge: $(wc -l <left); what stays is $(inside getent passwd preforkd)"
  assert_equal "$(<left)" ''
}

@test "Debian 12: install, use, upgrade to the next version under load with 0 lost, purge leaves nothing" {
  package bookworm
}

@test "Debian 13: install, use, upgrade to the next version under load with 0 lost, purge leaves nothing" {
  package trixie
}
