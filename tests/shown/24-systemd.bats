#!/usr/bin/env bats
# A real systemd, Debian's 252 and 257, with the units of `make install`.

load ../helpers/common
load systemd

teardown() {
  shut_down
}

@test "ten rounds under Debian 12's systemd: connections survive reloads, upgrades, stops and restarts, 0 lost" {
  rounds bookworm 10
}

@test "ten rounds under Debian 13's systemd: connections survive reloads, upgrades, stops and restarts, 0 lost" {
  rounds trixie 10
}

@test "Debian 12's systemd: Restart= after kill -9 of an upgraded master, the watchdog, a refused reload" {
  faults bookworm
}

@test "Debian 13's systemd: Restart= after kill -9 of an upgraded master, the watchdog, a refused reload" {
  faults trixie
}

@test "Debian 12's systemd: workers of other users under preforkd-root.service, users of clients under preforkd.service" {
  rights bookworm
}

@test "Debian 13's systemd: workers of other users under preforkd-root.service, users of clients under preforkd.service" {
  rights trixie
}
