#!/usr/bin/env bats
# make deb: the package, and its scripts with functions in place of what they start. tests/shown/39-deb.bats installs it.

load helpers/common

tree=$BATS_TEST_DIRNAME/..

setup() {
  command -v dpkg-deb >/dev/null || skip 'no dpkg-deb'
  enter_test
}

# find_epoch: set $epoch to the time of all in the package, and $time to what `make deb` needs to know of it: nothing but
# where git does not read this tree, which may be another user's, or is not here.
find_epoch() {
  time=()
  epoch=$(stat -c %Y "$tree/CHANGELOG.md")
  [[ ! -e $tree/.git ]] || epoch=$(git -C "$tree" log -1 --format=%ct 2>/dev/null) || time=("SOURCE_DATE_EPOCH=${epoch:=1}")
}

# make_deb FOLDER ARGUMENT...: make deb into it, of the programs that are built already; sets $deb.
make_deb() {
  mkdir -p "$1"
  ln -sf "$BUILD"/prefork{d,call,ctl,load} "$1"
  deb=$(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u SOURCE_DATE_EPOCH "${time[@]}" make -s -C "$tree" -o all BUILD="$PWD/$1" "${@:2}" deb 3>&-)
}

@test "make deb makes the same bytes of the same programs, whatever the umask, groups, time zone and language, with what make install installs, documents and scripts" {
  find_epoch
  # Sanitizers are libraries that no package is named for.
  if is_sanitized; then
    mkdir one
    run make_deb one
    assert_match "$output" '^make deb: it is not known which package has libasan'
    return
  fi
  make_deb one
  mkdir two
  chmod g+s two
  (umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 make_deb two)
  version=$("$BUILD/preforkd" -V | cut -d' ' -f2)
  assert_equal "$deb" "$PWD/one/preforkd_$version-1_$(dpkg --print-architecture).deb"
  cmp "$deb" two/*.deb

  dpkg-deb --raw-extract "$deb" package
  assert_equal "$(cd package && find . ! -type d ! -path '*/examples/*' | sort)" "./DEBIAN/conffiles
./DEBIAN/control
./DEBIAN/md5sums
./DEBIAN/postinst
./DEBIAN/postrm
./DEBIAN/prerm
./etc/logrotate.d/preforkd
./etc/preforkd/preforkd.conf
./usr/bin/preforkcall
./usr/bin/preforkctl
./usr/bin/preforkload
./usr/include/preforkd/service.h
./usr/lib/systemd/system/preforkd-root.service
./usr/lib/systemd/system/preforkd.service
./usr/lib/systemd/system/preforkd.socket
./usr/lib/systemd/system/preforkd@.service
./usr/lib/sysusers.d/preforkd.conf
./usr/sbin/preforkd
./usr/share/bash-completion/completions/preforkcall
./usr/share/bash-completion/completions/preforkctl
./usr/share/bash-completion/completions/preforkd
./usr/share/bash-completion/completions/preforkload
./usr/share/doc/preforkd/changelog.Debian.gz
./usr/share/doc/preforkd/changelog.gz
./usr/share/doc/preforkd/copyright
./usr/share/lintian/overrides/preforkd
./usr/share/man/man1/preforkcall.1.gz
./usr/share/man/man1/preforkctl.1.gz
./usr/share/man/man1/preforkload.1.gz
./usr/share/man/man3/preforkd-service.3.gz
./usr/share/man/man5/preforkd.conf.5.gz
./usr/share/man/man8/preforkd.8.gz
./usr/share/pkgconfig/preforkd.pc"
  assert_equal "$(dpkg-deb -c "$deb" | awk '{ print $2 }' | sort -u)" root/root 'owners'
  assert_equal "$(find package -type d ! -perm 755)$(find package -type f ! -perm 755 ! -perm 644)" '' 'other modes'
  assert_equal "$(cd package && find . -type f -perm 755 ! -path '*/examples/*' | sort | tr -s '\n' ' ')" \
    './DEBIAN/postinst ./DEBIAN/postrm ./DEBIAN/prerm ./usr/bin/preforkcall ./usr/bin/preforkctl ./usr/bin/preforkload ./usr/sbin/preforkd '
  assert_equal "$(find package -type f ! -path '*/DEBIAN/*' -newermt "@$epoch")" '' \
    'files with a time of their own'

  (cd package && md5sum --quiet -c DEBIAN/md5sums)
  assert_equal "$(wc -l <package/DEBIAN/md5sums)" "$(find package/usr -type f | wc -l)"
  assert_equal "$(<package/DEBIAN/conffiles)" $'/etc/logrotate.d/preforkd\n/etc/preforkd/preforkd.conf'
  assert_equal "$(dpkg-deb -f "$deb" Package Version Architecture)" "Package: preforkd
Version: $version-1
Architecture: $(dpkg --print-architecture)"
  zcat package/usr/share/doc/preforkd/changelog.gz | cmp - "$tree/CHANGELOG.md"
  assert_match "$(zcat package/usr/share/doc/preforkd/changelog.Debian.gz)" "^preforkd \($version-1\) unstable; urgency=medium"
  assert_equal "$(package/usr/sbin/preforkd -t -c package/etc/preforkd/preforkd.conf 2>/dev/null)" \
    'package/etc/preforkd/preforkd.conf: configuration ok'
  # What the dynamic linker says the programs need is what it depends on, and a static one depends on nothing.
  depends=$(dpkg-deb -f "$deb" Depends)
  if [[ $(readelf -d "$BUILD/preforkd") == *NEEDED* ]]; then
    assert_match "$depends" '^libc6 \(>= 2\.[0-9]+\)$'
    depends=${depends#*>= }
    dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libc6)" ge "${depends%)}"
  else
    assert_equal "$depends" ''
  fi
}

# run_script NAME ARGUMENT...: a script of the package, in a system whose systemd runs $running, units with their states,
# and has a line of the file UNIT.PROPERTY for each question, the last one for all that follow; where policy-rc.d exits
# with $policy, and a command that is in $failing with $failed. $output is what it printed, and the file ran what it ran.
run_script() {
  local name=$1 command
  shift
  mkdir -p bin
  [[ ${without_systemd-} ]] || mkdir -p system
  : >ran
  sed "s,/run/systemd/system,$PWD/system,; s,^PATH=,&$PWD/bin:," "$tree/conf/debian/$name" >"script.$name"
  for command in preforkctl systemctl systemd-sysusers deb-systemd-helper deb-systemd-invoke; do
    cat >"bin/$command" <<END
#!/bin/bash
running=($running)
case "\$*" in
list-units*) printf '%s loaded %s running a b\n' "\${running[@]}"; exit ;;
'show --value -p '*) sed -n 1p "\$5.\$4"; ((\$(wc -l <"\$5.\$4") < 2)) || sed -i 1d "\$5.\$4"; exit ;;
'--quiet is-active '*)
  for ((i = 0; i < \${#running[@]}; i += 2)); do
    [[ " \$* " != *" \${running[i]} "* || \${running[i + 1]} == activating ]] || exit 0
  done
  exit 3 ;;
esac
echo "$command \$*" >>ran
case "$failing" in *"<$command \$*>"*) exit ${failed-1} ;; esac
END
  done
  printf '#!/bin/sh\necho "policy $*"\nexit %s\n' "${policy-104}" >bin/policy-rc.d
  printf '#!/bin/sh\n' >bin/sleep
  printf '#!/bin/sh\necho "%s"\n' "${exe-/usr/sbin/preforkd (deleted)}" >bin/readlink
  chmod 755 bin/*
  run env PATH="$PWD/bin:$PATH" sh "script.$name" "$@"
}

# start_with UNIT COMMAND_LINE: what systemd says of its ExecStart.
start_with() {
  echo "{ path=${2%% *} ; argv[]=$2 ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }" \
    >"$1.ExecStart"
}

@test "postinst upgrades each master that runs, by the file of its command line, and leaves one that refuses as it was" {
  enabled='systemd-sysusers preforkd.conf
deb-systemd-helper --quiet was-enabled preforkd.service
deb-systemd-helper enable preforkd.service
systemctl --system daemon-reload'
  start_with preforkd.service '/usr/sbin/preforkd -c /srv/other.conf'
  start_with preforkd@two.service '/usr/sbin/preforkd -c /etc/preforkd/two.conf'
  failing='' running='preforkd.service reloading preforkd@two.service active'
  run_script postinst configure 0.0.9-1
  assert_equal "$status $(<ran)" "0 $enabled
preforkctl -c /srv/other.conf upgrade
preforkctl -c /etc/preforkd/two.conf upgrade"
  failing='<preforkctl -c /etc/preforkd/two.conf upgrade>'
  run_script postinst configure 0.0.9-1
  assert_equal "$status ${lines[*]:2}" "0 preforkd: preforkd@two.service runs on as it was: mend what it says, then 'preforkctl -c /etc/preforkd/two.conf upgrade'"
  assert_equal "$(<ran)" "$enabled
preforkctl -c /srv/other.conf upgrade
preforkctl -c /etc/preforkd/two.conf upgrade" 'what it ran, no restart'
  policy=101 # policy-rc.d(8): not to be run
  run_script postinst configure 0.0.9-1
  assert_equal "$status $(<ran)" "0 $enabled"
  assert_equal "$output" 'policy preforkd.service restart
preforkd: preforkd.service runs on as it was: policy-rc.d forbids its upgrade
policy preforkd@two.service restart
preforkd: preforkd@two.service runs on as it was: policy-rc.d forbids its upgrade'
}

# main_is LINE...: what systemd says of the main process of preforkd.service; - is that of a process that is there.
main_is() {
  cat <>fifo 3>&- &
  main=$!
  printf '%s\n' "${@/#-/$main}" >preforkd.service.MainPID
}

@test "postinst upgrades by a signal a master that cannot be reached, or has another command line, and waits for its successor" {
  mkfifo fifo
  running='preforkd.service active' failing='<preforkctl -c /etc/preforkd/preforkd.conf upgrade>'
  start_with preforkd.service '/usr/sbin/preforkd -c /etc/preforkd/preforkd.conf'
  for failed in 69 77 78; do
    main_is - - 0 - 4242
    run_script postinst configure 0.0.9-1
    assert_equal "$status ${lines[*]:1} $(<preforkd.service.MainPID)" '0  4242'
    status=0
    wait $main || status=$?
    assert_equal $status 140 'of a process that SIGUSR2 has ended'
  done
  start_with preforkd.service '/usr/sbin/preforkd -c /etc/preforkd/preforkd.conf -o control=none'
  main_is -
  run_script postinst configure 0.0.9-1
  assert_equal "$status ${lines[*]:1}" "0 preforkd: preforkd.service runs on as it was: mend what 'journalctl -u preforkd.service' says, then 'kill -USR2 $main'"
  refute grep -q 'preforkctl\|invoke' ran
  wait $main || status=$?
  assert_equal "$status" 140
  # Another program is not signalled.
  exe=/usr/bin/env
  start_with preforkd.service '/usr/bin/env -c /etc/preforkd/preforkd.conf'
  main_is -
  run_script postinst configure 0.0.9-1
  assert_equal "$status ${lines[*]:1}" '0 preforkd: preforkd.service runs on as it was: its main process is not /usr/sbin/preforkd'
  refute grep -q 'preforkctl\|invoke' ran
  kill -TERM $main
  wait $main || status=$?
  assert_equal "$status" 143
}

@test "postinst awaits a unit that is starting, and upgrades it" {
  running='preforkd@two.service activating' failing=''
  start_with preforkd@two.service '/usr/sbin/preforkd -c /etc/preforkd/two.conf'
  run_script postinst configure 0.0.9-1
  assert_equal "$status $(sed 1,4d ran)" '0 systemctl start preforkd@two.service
preforkctl -c /etc/preforkd/two.conf upgrade
deb-systemd-invoke start preforkd.service'
  failing='<systemctl start preforkd@two.service>'
  run_script postinst configure 0.0.9-1
  assert_equal "$status ${lines[*]:1}" '0 preforkd: preforkd@two.service did not start'
  refute grep -q preforkctl ran
}

@test "postinst starts the service where neither it nor that of root runs, leaves it disabled where it is, and does without systemd" {
  failing='' running=''
  run_script postinst configure
  assert_equal "$status $(tail -n 1 ran)" '0 deb-systemd-invoke start preforkd.service'
  for unit in preforkd preforkd-root preforkd@two; do
    start_with $unit.service "/usr/sbin/preforkd -c /etc/preforkd/$unit.conf"
    running="$unit.service active"
    run_script postinst configure
    assert_equal "$status $unit $(grep -c 'invoke start' ran || true)" "0 $unit $([[ $unit == preforkd@two ]] && echo 1 || echo 0)"
  done
  running='' failing='<deb-systemd-helper --quiet was-enabled preforkd.service><deb-systemd-invoke start preforkd.service>'
  run_script postinst configure
  assert_equal "$status" 0
  grep -qx 'deb-systemd-helper update-state preforkd.service' ran
  refute grep -q 'helper enable' ran
  rmdir system
  without_systemd=1
  run_script postinst configure
  assert_equal "$status $(tail -n 1 ran)" '0 deb-systemd-helper update-state preforkd.service'
  run_script postinst abort-remove
  assert_equal "$status $(<ran)" '0 '
}

@test "make deb fails with git's reason where that does not read .git, and takes the changelog's time where there is none" {
  sed -n '/^set_time()/,/^}/p' "$tree/conf/debian/build.sh" >set_time
  touch -d @86400 CHANGELOG.md
  unset SOURCE_DATE_EPOCH
  assert_equal "$(sh -euc '. ./set_time; set_time; echo "$SOURCE_DATE_EPOCH"')" 86400
  echo 'gitdir: /nowhere' >.git
  status=0
  output=$(sh -euc '. ./set_time; set_time' 2>&1) || status=$?
  assert_match "$status $output" '^[1-9][0-9]* .*git'
  assert_equal "$(SOURCE_DATE_EPOCH=7 sh -euc '. ./set_time; set_time; echo "$SOURCE_DATE_EPOCH"')" 7
}

@test "prerm stops all that the units run and what starts them before a removal, and nothing before an upgrade" {
  failing='' running=''
  echo 'preforkd.socket preforkd-http.socket' >preforkd.service.TriggeredBy
  run_script prerm upgrade 0.2.0-1
  assert_equal "$status $(<ran)" '0 '
  run_script prerm remove
  stop='deb-systemd-invoke stop preforkd.socket preforkd.socket preforkd-http.socket preforkd.service preforkd-root.service preforkd@*.service'
  assert_equal "$status $(<ran)" "0 $stop"
  failing="<$stop>"
  run_script prerm remove
  assert_equal "$status $(<ran)" "0 $stop"
}
