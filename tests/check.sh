#!/usr/bin/env bash
# make check, the rules of the house that no compiler knows: the arrows of DESIGN.md, one clock, one
# sleep, sizes, and a head on every file. Each line of output is a breach; `warning:` lines are not.

cd "${0%/*}/.." || exit
shopt -s nullglob
status=0

# breach RULE: each line of standard input breaks it.
breach() {
  local line
  while IFS= read -r line; do
    echo "$line: $1"
    status=1
  done
}

# includes FILE...: FILE:LINE:HEADER, for each of the project's own headers.
includes() {
  (($#)) || return
  grep -nHE '^#include "' "$@" | sed 's/#include "\(.*\)".*/\1/'
}

# Process substitution, so that `status` is this shell's.
breach 'common knows neither server nor client' \
  < <(includes common/*.[ch] | grep -E ':(server|client|tests)/')
breach 'the server does not know the client' \
  < <(includes server/*.[ch] server/services/*.[ch] | grep -E ':(client|tests)/')
breach 'the client does not know the server' \
  < <(includes client/*.[ch] client/load/*.[ch] client/ctl/*.[ch] | grep -E ':(server|tests)/')
breach 'a service includes service.h alone' \
  < <(includes server/services/*.c | grep -v ':server/service.h$')
for module in pool scoreboard service; do
  breach "$module includes no other header of the server" \
    < <(includes server/$module.[ch] | grep ':server/' | grep -v ":server/$module.h$")
done
for module in server/*.c; do
  breach 'nobody includes main' < <(includes "$module" | grep ':server/main.h$')
done
breach 'no state is shared by extern' \
  < <(grep -nE '^extern ' ./*/*.h | grep -v 'extern const ')
breach 'no state is shared by extern' < <(grep -nE '^ *extern ' ./*/*.c ./*/*/*.c)

breach 'CLOCK_REALTIME is for the time in the log, common/log_text.c' \
  < <(grep -nHw CLOCK_REALTIME ./*/*.[ch] ./*/*/*.[ch] | grep -v '^./common/log_text\.c:')
breach 'the only sleep is in tests/helpers/wait.bash' \
  < <(grep -nHE '^[^#]*\bu?sleep [0-9$"]' tests/*.* tests/helpers/*.bash client/scenarios/* |
    grep -v '^tests/helpers/wait\.bash:')
breach 'tests wait for events' \
  < <(grep -nHE '\b(u|nano|clock_nano)?sleep\(' tests/*/*.[ch])
breach 'a test binds port 0' \
  < <(grep -nHE '^ *port = [1-9]' tests/*.bats tests/helpers/*.bash)

code=(common/*.[ch] server/*.[ch] server/services/*.[ch] client/*.[ch] client/load/*.[ch] client/ctl/*.[ch] tests/*/*.[ch])
scripts=(.ci/run tests/*.{bats,bash,sh,mk} tests/helpers/*.bash tests/shown/*.{bats,bash} client/*.bash client/scenarios/*
  tests/bench/{run,report,plot,publish,instructions,*.bash,*.sh} tests/bench/peers/*)
for file in "${code[@]}" "${scripts[@]}" Makefile; do
  lines=$(wc -l <"$file")
  if ((lines > 400)); then
    breach 'over 400 lines' <<<"$file"
  elif ((lines > 300)); then
    echo "warning: $file: $lines lines"
  fi
  [[ $(head -n 1 "$file") == ['/#']* ]] || breach 'no head that says its job' <<<"$file"
done
breach 'over 80 lines of function' < <(awk '
  FNR == 1 { begun = 0 }
  /^{/ { begun = FNR }
  /^}/ && begun { if (FNR - begun > 81) print FILENAME ":" begun; begun = 0 }' "${code[@]}")
breach 'blanks at the end of the line' \
  < <(grep -nHE '[[:blank:]]$' "${code[@]}" "${scripts[@]}" Makefile ./*.md ./*/*.[158] conf/*.conf)
breach 'a tab' < <(grep -nHP '\t' "${code[@]}")

exit $status
