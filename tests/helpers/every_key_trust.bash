# shellcheck shell=bash
# every_key_trust: how the keys of proxies, of who may call and how often, and of the sandbox are seen to be in force;
# every_key.bash loads it.
# shellcheck disable=SC2154 # common.bash and every_key.bash know them

# Print the answer to an A behind a header.
answer_to_proxy() {
  printf 'PROXY UNKNOWN\r\nA' | timeout 10 nc -NU s 2>/dev/null 3>&-
}

in_force_proxy_protocol() {
  case $1 in
  no) [[ $(ask) == *B* ]] ;;
  *) [[ $(answer_to_proxy) == B ]] ;;
  esac
}

in_force_proxy_from() {
  local answer=B
  [[ $1 == all ]] || answer=
  [[ $(answer_to_proxy) == "$answer" ]]
}

in_force_allow() {
  if [[ $1 == all ]]; then
    ask
  else
    refute ask
  fi
}

in_force_deny() {
  if [[ $1 == none ]]; then
    ask
  else
    refute ask
  fi
}

in_force_max_per_source() {
  local result=0
  hold one
  if [[ $1 == unlimited ]]; then
    ask || result=1
  else
    refute ask || result=1
  fi
  release one
  wait_for 5 busy_is 0 || result=1
  return $result
}

in_force_max_rate_per_source() {
  if [[ $1 == unlimited ]]; then
    ask && ask && ask
  else
    wait_for 5 one_is_refused
  fi
}

# Of two clients, one after the other.
one_is_refused() {
  ! ask || ! ask
}

# is_filtered N: the only worker has so many filters of system calls more than its master.
is_filtered() {
  local pid
  local -a filters
  for pid in "$(worker)" "$master"; do
    filters+=("$(sed -n 's/^Seccomp_filters:[[:blank:]]*//p' "/proc/$pid/status")")
  done
  ((filters[0] - filters[1] == $1))
}

in_force_sandbox() {
  if [[ $1 == off ]]; then
    is_filtered 0
  else
    is_filtered 1
  fi
}

in_force_no_new_privileges() {
  if [[ $1 == no ]]; then
    is_filtered 0
  else
    is_filtered 1
  fi
}

# Print the KEY of the only worker's status, in /proc: the first word.
of_worker() { # KEY
  awk -v key="$1:" '$1 == key { print $2 }' "/proc/$(worker)/status"
}

# A master that is not root ignores these two.
in_force_user() {
  local uid=$EUID
  ((EUID != 0)) || uid=$(id -u "$1")
  [[ $(of_worker Uid) == "$uid" ]] && ask
}

in_force_group() {
  local gid
  gid=$(id -g)
  ((EUID != 0)) || gid=$(id -g "${1/none/nobody}")
  [[ $(of_worker Gid) == "$gid" ]] && ask
}

in_force_chroot() {
  [[ $(readlink "/proc/$(worker)/root") == "${1/none//}" ]] && ask
}
