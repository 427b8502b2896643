# shellcheck shell=bash
# container: what `make container` builds, run by an engine for bundles of the Open Container Initiative: systemd-nspawn
# or runc. `load container`, behind common and shown.
# shellcheck disable=SC2034,SC2154 # common.bash and the tests know them

dockerfile=$tree/conf/container/Dockerfile
box=preforkd-$$ # for runc: its cgroup is the whole machine's

load ../helpers/container

setup_file() {
  [[ $EUID == 0 ]] || skip 'not root'
  cd "$BATS_FILE_TMPDIR" || return
  make_container container
}

# use ENGINE: run what follows by it.
use() {
  engine=$1
  command -v "$engine" >/dev/null || skip "no $engine"
  cp -a "$BATS_FILE_TMPDIR/container" bundle
}

# say WHAT LINE: put a line of JSON first into that list of the bundle's config.json.
say() {
  sed -i "s|\"$1\": \[|&$2, |" bundle/config.json
}

# bring OUTSIDE INSIDE: a directory from outside, as `docker run -v` does. It covers what config.json has there.
bring() {
  mkdir -p "bundle/rootfs$2"
  sed -i "\\|\"destination\": \"$2\"|d" bundle/config.json
  say mounts "{\"destination\": \"$2\", \"type\": \"bind\", \"source\": \"$PWD/$1\", \"options\": [\"rbind\"]}"
}

# begin [COMMAND...]: start the bundle as the Dockerfile's head says, by COMMAND where there is one; $init is its process
# 1, and $log what it writes.
begin() {
  local command=(runc --root "$PWD/runc" run --bundle bundle "$box")
  if [[ $engine == systemd-nspawn ]]; then
    read -ra command < <(sed -n 's|^# *\(systemd-nspawn .*\)|\1|p' "$dockerfile")
    command=("${command[@]/build\/container/$PWD/bundle}" --quiet --register=no --keep-unit --console=pipe)
  fi
  log=$PWD/box.log
  "$@" "$bin/launch" "${command[@]}" </dev/null >box.out 2>"$log" 3>&- &
  container=$!
  wait_for 20 find_init
  [[ $init ]] || fail "$engine has ended" || return
  wait_for 20 log_has 'preforkd\[1\]: ready: '
}

# Set $init to the container's process 1, a child of the engine; to nothing where that has ended.
find_init() {
  local children
  init=''
  ! has_ended "$container" || return 0
  read -ra children < <(cat "/proc/$container"/task/*/children | tr -d '\n')
  for init in "${children[@]}"; do
    ! grep -Eq '^NSpid:.*[[:blank:]]1$' "/proc/$init/status" 2>/dev/null || return 0
  done
  return 1
}

# inside COMMAND...: run it there, as `docker exec` does.
inside() {
  case $engine in
  systemd-nspawn) nsenter -t "$init" -m -u -i -n -p -C -S 65534 -G 65534 -- "$@" 3>&- ;;
  *) runc --root "$PWD/runc" exec "$box" "$@" 3>&- ;;
  esac
}

# health: run what HEALTHCHECK says.
health() {
  local words
  mapfile -t words < <(words_of HEALTHCHECK)
  inside "${words[@]}"
}

# words_of INSTRUCTION: what the Dockerfile says there, a line for each word of its list.
words_of() {
  sed -n "s/^$1 .*\[\"\(.*\)\"\]\$/\1/p" "$dockerfile" | sed 's/", "/\n/g'
}

# end STATUS: wait for the end of the engine, whose status is that of process 1.
end() {
  local status=0
  wait_for 20 has_ended "$container"
  wait "$container" || status=$?
  container=''
  assert_equal "$status" "$1" "the exit status of $engine"
}

leave_container() {
  if [[ ${container-} ]]; then
    cat "$log" box.out >&2
    kill -KILL "$init" "$container" 2>/dev/null || true
    [[ $engine != runc ]] || runc --root "$PWD/runc" delete --force "$box"
  fi
}
