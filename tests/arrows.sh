#!/usr/bin/env bash
# tests/arrows.sh: part of `make check`. The arrows of DESIGN.md: a file includes, and its object
# links to, its own room, or a room with a lower number. Each line of output is a breach. Run it
# at the top of the tree; $BUILD/obj (build/obj) has the objects, an object without source is ignored.

# NUMBER ROOM PATTERN...: the first row with a pattern that matches a path is its room. A client
# program knows common, client/shared, client/control, client/web and itself; so the numbers below
# client/call, client/load and client/ctl order each program within.
rooms='
11 server          server/*.[cho]
10 server/control  server/control/*
9  server/upgrade  server/upgrade/*
7  server/master/claims  server/master/claims/*
8  server/master   server/master/*
6  server/pool     server/pool/*
4  server/worker/connection  server/worker/connection/*
1  server/worker/sandbox  server/worker/sandbox/*
5  server/worker   server/worker/*
3  server/service  server/service/*
1  server/program  server/program/*
2  server/scoreboard  server/scoreboard/*
1  server/net      server/net/*
1  server/log      server/log/*
6  client/load     client/load/main.*
5  client/load/report  client/load/report/*
4  client/load/engine  client/load/engine/*
3  client/load/plan    client/load/*
5  client/ctl      client/ctl/main.* client/ctl/actions.* client/ctl/locate.*
3  client/ctl/view client/ctl/view/*
3  client/web      client/web/*
3  client/call     client/call/*
2  client/control  client/control/*
1  client/shared   client/shared/*
0  common          common/*
'

# FROM TO: the upward arrows of today. The list must shrink: an entry that nothing needs is a breach.
pending='
'

# arrows: `FILE NAME WHERE` for each use: NAME is a header or a symbol, WHERE the file that has it.
arrows() {
  grep -rHE '^ *# *include ("|<preforkd/)' --include='*.[ch]' server common client |
    sed -E 's,<preforkd/([^>]*)>,"server/service/preforkd/\1",; s/:[^"]*"([^"]*)".*/ \1 \1/'
  symbols
}

# The undefined symbols of each object that another object of the project defines.
symbols() {
  local object objects=()
  while IFS= read -r object; do
    [[ ! -e ${object%.o}.c ]] || objects+=("$object")
  done < <(cd "${BUILD:-build}/obj" 2>/dev/null && find server common client -name '*.o')
  ((${#objects[@]} > 0)) || return 0
  (cd "${BUILD:-build}/obj" && nm -A -g "${objects[@]}") | awk '
    { split($1, part, ":"); file = part[1]; sub(/\.o$/, ".c", file) }
    $(NF - 1) ~ /^[TDBRV]$/ { home[$NF] = file; next }
    $(NF - 1) == "U" { used[file " " $NF] }
    END {
      for (pair in used) {
        split(pair, part, " ")
        if (part[2] in home)
          print pair, home[part[2]]
      }
    }'
}

arrows | awk -v rooms="$rooms" -v pending="$pending" '
  # room FILE: the index of its row; 0 if no row matches.
  function room(file, row, p) {
    for (row = 1; row <= rows; row++)
      for (p = 1; p <= patterns[row]; p++)
        if (file ~ pattern[row, p])
          return row
    return 0
  }
  # Whether FROM may use TO: itself, or downwards in server, in its client program, and in common.
  function may(from, to) {
    if (from == to)
      return 1
    if (number[to] >= number[from])
      return 0
    if (tree[to] == "common")
      return 1
    if (tree[from] != tree[to])
      return 0
    return tree[from] == "server" || program[to] == "" || program[from] == program[to]
  }
  BEGIN {
    count = split(rooms, line, "\n")
    for (l = 1; l <= count; l++) {
      words = split(line[l], word, " ")
      if (words == 0)
        continue
      rows++
      number[rows] = word[1]
      name[rows] = word[2]
      split(word[2], part, "/")
      tree[rows] = part[1]
      program[rows] = part[1] == "client" && part[2] ~ /^(call|load|ctl)$/ ? part[2] : ""
      patterns[rows] = words - 2
      for (w = 3; w <= words; w++) {
        gsub(/[.]/, "\\.", word[w])
        # A `*` before a suffix stays in its folder; at the end it goes below it.
        gsub(/[*]\\/, "[^/]*\\", word[w])
        gsub(/[*]$/, ".*", word[w])
        pattern[rows, w - 2] = "^" word[w] "$"
      }
    }
    count = split(pending, line, "\n")
    for (l = 1; l <= count; l++)
      if (line[l] != "")
        waits[line[l]]
  }
  {
    from = room($1)
    to = room($3)
    if (!from || !to) {
      print $1 ": " $2 " of " $3 ": a file without a room in tests/arrows.sh"
      next
    }
    if (may(from, to))
      next
    pair = name[from] " " name[to]
    if (pair in waits)
      needed[pair]
    else
      print $1 ": uses " $2 ": " name[from] " (" number[from] ") may not know " name[to] " (" number[to] ")"
  }
  END {
    for (pair in waits)
      if (!(pair in needed))
        print "tests/arrows.sh: pending: nothing needs `" pair "` any more"
  }' | sort -u

# The compiler looks for <...> here, too: -I. and -Iserver/service.
grep -rHoE '^ *# *include <[^>]*>' --include='*.[ch]' server common client | while IFS=: read -r file include; do
  header=${include#*<}
  header=${header%>}
  [[ $header == preforkd/* || (! -e $header && ! -e server/service/$header) ]] ||
    echo "$file: <$header> is a file of the project: include it by its whole path, in quotes"
done

# A service that is built in knows what a shared object does, <preforkd/service.h>.
grep -rHE '^ *# *include "' --include='*.[ch]' server/service/builtin server/service/preforkd |
  sed 's/$/: a service includes preforkd\/service.h alone/'

find server -type d | while IFS= read -r folder; do
  count=$(find "$folder" -maxdepth 1 -type f | wc -l)
  ((count <= 24)) || echo "$folder: $count files, over 24"
done
