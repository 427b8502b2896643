#!/usr/bin/env bash
# tests/keys.sh: part of `make check`. Each key of the configuration has a row in tests/helpers/every_key.bash, by
# which it is changed by a reload and an upgrade, and a function that shows whether a value is in force.

cd "${0%/*}/.." || exit

keys=$(sed -nE 's/^    \{"([a-z_]+)", KIND_.*/\1/p' common/config/keys.c | sort)
rows=$(sed -nE "/^rows='/,/^'/s/^([a-z_]+) .*/\1/p" tests/helpers/every_key.bash | sort)
status=0

# lacks WHAT: each line of standard input lacks it.
lacks() {
  local key
  while IFS= read -r key; do
    echo "common/config/keys.c: $key: $1"
    status=1
  done
}

lacks 'has no row in tests/helpers/every_key.bash' < <(comm -23 <(echo "$keys") <(echo "$rows"))
lacks 'is no key, and has a row in tests/helpers/every_key.bash' < <(comm -13 <(echo "$keys") <(echo "$rows"))
lacks 'has no function in tests/helpers/every_key*.bash' \
  < <(comm -23 <(echo "$keys") <(sed -nE 's/^in_force_([a-z_]+)\(\).*/\1/p' tests/helpers/every_key*.bash | sort))

exit $status
