# shellcheck shell=bash
# residents: pools whose slots run helpers/resident.c; behind helpers/program.
# shellcheck disable=SC2154 # common.bash sets them

# run_resident MODE OPTIONS [KEY=VALUE...]: helpers/resident.c with these OPTIONS.
run_resident() {
  run_program "$1" "$bin/resident $2" start=resident ready_after=50ms "${@:3}"
}

# Print the pid of the program that serves the next connection, with the option -p.
served_by() {
  converse x
}

# Whether the only program is ready.
is_steady() {
  [[ $(figure workers) == 1 && $(figure starting) == 0 ]]
}
