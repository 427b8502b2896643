#!/bin/sh
# run.sh FILE: `make run`. Start the master in the foreground with the configuration FILE and, once it
# serves, print commands for another terminal, and where its page is, if preforkctl http runs in a pool. BUILD says where the programs are (build).

build=${BUILD:-build} file=${1:?the configuration}

# Print a call for each pool, and how to look after the master. A pool's port 0 is in its ready line.
hints() {
  echo 'To call it from another terminal, in this directory:'
  "$build/preforkd" -T -c "$file" 2>/dev/null | awk -v build="$build" -v file="$file" '
    { key = $1; value = $3 }
    key == "[pool" {
      name[++pools] = substr($2, 1, length($2) - 1)
    }
    key == "control" { control = value }
    key == "service" { service[pools] = value }
    key == "command" { has_page[pools] = $0 ~ /preforkctl( .*)? http( |$)/ }
    key == "type" { datagram[pools] = value == "datagram" }
    key == "address" { address[pools] = value == "*" ? "127.0.0.1" : value ~ /:/ ? "[" value "]" : value }
    key == "port" { port[pools] = value; unknown[pools] = value == "0" }
    function target(pool) {
      if (unknown[pool])
        return " inet:" address[pool] ":PORT" (datagram[pool] ? " --datagram" : "")
      return " -c " file (pools > 1 ? " -p " name[pool] : "")
    }
    END {
      data["echo"] = " hello"
      data["daytime"] = " \"\""
      data["time"] = " \"\" | od -An -tu4 --endian=big"
      data["chargen"] = " \"\" | head -n 3"
      for (pool = 1; pool <= pools; pool++)
        if (has_page[pool] && port[pool] != "")
          print "  http://" address[pool] ":" (unknown[pool] ? "PORT" : port[pool]) "/   # a page, for a browser" \
            (unknown[pool] ? "; PORT: in the line of pool " name[pool] " above" : "")
        else if (service[pool] != "discard")
          print "  " build "/preforkcall" target(pool) data[service[pool]] \
            (unknown[pool] ? "   # PORT: in the line of pool " name[pool] " above" : "")
      if (control == "none")
        exit
      print "To see what it does, to try an upgrade, and to stop it:"
      count = split("status upgrade stop", command, " ")
      for (i = 1; i <= count; i++)
        print "  " build "/preforkctl -c " file " " command[i]
    }'
  echo 'Ctrl-C stops it. After an upgrade this terminal is free, and the new master runs on in the background.'
}

# The reader is no child of the master: exec keeps the process, and with it Ctrl-C and other signals.
directory=$(mktemp -d) || exit
mkfifo "$directory/ready" || exit
(
  (
    rm -rf "$directory"
    read -r _ && hints
  ) <"$directory/ready" &
)
exec "$build/preforkd" -c "$file" --ready-fd 3 3>"$directory/ready"
