# shellcheck shell=bash
# http: a pool that runs preforkctl http, and requests to it; `load helpers/http`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

# show [OPTION...]: start a master with the pool bytes, and the pool wall, which shows it; $port is that of wall.
# OPTIONS are preforkctl's. What it shows is the master at $shown, or itself.
show() {
  start_master <<END
control = control
[pool bytes]
mode = unix
path = bytes
workers = 2
requests_per_connection = unlimited
[pool wall]
mode = inet
port = 0
service = program
command = $BUILD/preforkctl -s ${shown-$PWD/control} $* http
workers = 3..16
END
  use_master master wall
}

# send TEXT: send it, with escapes such as \r, and then the end of file; $answer is what comes back, without its CRs
# and its bytes 0, $code the status of the first response, $head and $body what it consists of.
send() {
  answer=$(printf '%b' "$1" | timeout $((20 * ${PATIENCE:-1})) nc -N 127.0.0.1 "$port" 3>&- | tr -d '\0\r')
  head=${answer%%$'\n\n'*} body=${answer#"$head"}
  body=${body#$'\n\n'}
  code=${head#HTTP/1.1 } code=${code%% *}
}

# request METHOD PATH [HEADER...]: the only request of a connection.
request() {
  local lines
  printf -v lines '%s\r\n' "Host: localhost" "Connection: close" "${@:3}"
  send "$1 $2 HTTP/1.1\r\n$lines\r\n"
}

get() { # PATH [HEADER...]
  request GET "$@"
}

answer_is() { # PATH CODE
  get "$1"
  [[ $code == "$2" ]]
}

# Print the value of a header of the response.
header() { # NAME
  sed -n "s/^$1: //p" <<<"$head"
}
