# shellcheck shell=bash
# port: for the tests and servers that cannot leave the choice of a port to the kernel; `load helpers/port`.

# Print a port without a listener, below those that the kernel gives to clients.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 10000))
    if ! grep -q "$(printf ':%04X ' $port)" /proc/net/tcp; then
      echo $port
      return
    fi
  done
  return 1
}

# Whether a server listens there on 127.0.0.1.
listens_at() { # PORT
  grep -q "$(printf '0100007F:%04X 00000000:0000 0A' "$1")" /proc/net/tcp
}

# change_ports DIRECTORY: the configurations of an example leave the choice of each port to the kernel; a program that
# has to know its port as well, as nginx in site.conf, gets one that is free.
change_ports() {
  local port=0
  if [[ -e $1/site.conf ]]; then
    port=$(free_port)
    sed -i "s/127\.0\.0\.1:[0-9]*/127.0.0.1:$port/" "$1/site.conf"
  fi
  sed -i "s/^port = [0-9]*/port = $port/" "$1"/*.conf
}
