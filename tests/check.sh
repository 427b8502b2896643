#!/usr/bin/env bash
# tests/check.sh: part of `make check`. The rules of the project that no compiler knows: the arrows of
# DESIGN.md, one clock, one sleep, the size of files, and a head on every file. Each line of output is a breach; `warning:` lines are not.

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

# The rooms, by #include and by symbol; a test of each key.
for rule in arrows keys; do
  found=$(bash tests/$rule.sh)
  if [[ $found ]]; then
    echo "$found"
    status=1
  fi
done

# Process substitution, so that `status` is this shell's.
breach 'no state is shared by extern' \
  < <(grep -rnE '^extern ' --include='*.h' common server client tests | grep -vE 'extern (const |"C")')
breach 'no state is shared by extern' < <(grep -rnE '^ *extern ' --include='*.c' common server client tests)

# Then the compiler sees to it that it says why (common/failure.h).
breach 'what gets a failure to fill is MAY_FAIL' \
  < <(find common server -name '*.[ch]' -exec awk '/^[a-zA-Z].*\(/ { head = $0; place = FILENAME ":" FNR ": " }
    /struct failure \*[a-z]+\)/ && head !~ /MAY_FAIL/ { print place head }' {} +)
breach 'a failure begins as FAILURE_UNSAID' < <(grep -rnHE '^ +struct failure [a-z]+;' --include='*.c' .)

breach 'CLOCK_REALTIME is for the time in the log, common/log_text.c' \
  < <(grep -rnHw CLOCK_REALTIME --include='*.[ch]' common server client tests | grep -v '^common/log_text\.c:')
breach 'the only sleep is in tests/helpers/wait.bash' \
  < <(grep -nHE '^[^#]*\bu?sleep [0-9$"]' tests/*.* tests/helpers/*.bash client/scenarios/* |
    grep -v '^tests/helpers/wait\.bash:')
breach 'tests wait for events' \
  < <(grep -nHE '\b(u|nano|clock_nano)?sleep\(' tests/*/*.[ch])
breach 'a test binds port 0' \
  < <(grep -nHE '^ *port = [1-9]' tests/*.bats tests/helpers/*.bash)

mapfile -t code < <(find common server client tests -name '*.[ch]')
scripts=(.ci/run tests/run tests/*.{bats,bash,sh,mk} tests/helpers/*.bash tests/shown/*.{bats,bash} client/*.bash client/scenarios/*
  tests/bench/{run,report,plot,publish,instructions,*.bash,*.sh} tests/bench/peers/*)
for file in "${code[@]}" "${scripts[@]}" Makefile; do
  mapfile -t text <"$file"
  lines=${#text[@]}
  if ((lines > 400)); then
    breach 'over 400 lines' <<<"$file"
  elif ((lines > 300)); then
    echo "warning: $file: $lines lines"
  fi
  [[ ${text[0]-} == ['/#']* ]] || breach 'no head that says its job' <<<"$file"
done
# In C, clang-format sees to blanks and tabs and to the width of code, and clang-tidy to the size of functions.
breach 'over 100 columns' < <(LC_ALL=C.UTF-8 grep -nHE '.{101}' "${code[@]}")
breach 'blanks at the end of the line' \
  < <(grep -nHE '[[:blank:]]$' "${scripts[@]}" Makefile ./*.md ./*/*.[158] conf/*.conf)
breach 'two decisions have this number' < <(grep -oE '^[0-9]+\. ' DESIGN.md | sort | uniq -d)

exit $status
