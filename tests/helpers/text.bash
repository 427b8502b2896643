# shellcheck shell=bash
# text: short files and JSON, without the processes of cat(1), grep(1) and cut(1), each of which takes longer than all of
# such a file; common.bash loads it.

# Write standard input to FILE, as cat(1) does, without a process.
keep_input() { # FILE
  local text
  IFS= read -r -d '' text || true
  printf %s "$text" >"$1"
}

# file_has FILE REGEX: as grep -Eq.
file_has() {
  local line lines
  mapfile -t -n 51 lines <"$1" || return
  if ((${#lines[@]} > 50)); then
    grep -Eq -e "$2" "$1"
    return
  fi
  for line in "${lines[@]}"; do
    [[ ! $line =~ $2 ]] || return 0
  done
  return 1
}

# has_line FILE TEXT: whether TEXT is a line of it.
has_line() {
  local line lines
  mapfile -t lines <"$1" || return
  for line in "${lines[@]}"; do
    [[ $line != "$2" ]] || return 0
  done
  return 1
}

# members_of NAME TEXT: print the value of each member NAME of the JSON objects in TEXT, a line each, but for objects
# and arrays.
members_of() {
  local rest=$2
  while [[ $rest =~ \"$1\":([^,}]*)(.*) ]]; do
    rest=${BASH_REMATCH[2]}
    echo "${BASH_REMATCH[1]}"
  done
}
