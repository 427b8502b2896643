# failures.awk: part of `make check`, tests/check.sh. A function with a `struct failure *failure` fills it, or has it
# filled, wherever it fails: each statement that returns -1 or NULL, or what a call returned that did not get it,
# follows within three statements on one that names it. Prints FILE:LINE: STATEMENT for each that does not.

BEGIN { fills = "failure[,)]" }

function end_statement() {
  if (statement ~ /[^ \t]/) {
    if (statement ~ /return.*(-1|NULL)|return *[a-z_]+\(/ && statement !~ fills && before[1] !~ fills &&
        before[2] !~ fills && before[3] !~ fills) {
      gsub(/[ \t]+/, " ", statement)
      print FILENAME ":" FNR ":" statement
    }
    before[3] = before[2]
    before[2] = before[1]
    before[1] = statement
  }
  statement = ""
}

FNR == 1 { inside = 0; head = "" }
!inside && /^[a-z].*\(/ { head = "" }
!inside { head = head " " $0 }
!inside && /^\{/ {
  inside = head ~ /struct failure \*failure\)/
  head = statement = before[1] = before[2] = before[3] = ""
  next
}
!inside && /^$|;$/ { head = "" }
/^\}/ { inside = 0 }
inside {
  line = $0
  gsub(/\/\*.*\*\//, "", line)
  sub(/^[ \t]*\*.*|^[ \t]*\/\*.*/, "", line)
  while (match(line, /[;{}]/)) {
    statement = statement " " substr(line, 1, RSTART - 1)
    end_statement()
    line = substr(line, RSTART + 1)
  }
  statement = statement " " line
}
