# failures.awk: part of `make check`, tests/check.sh. A function with a `struct failure *failure` fills it, or has it
# filled, wherever it fails: each statement that returns -1 or NULL, or what a call returned that did not get it, or
# that makes the result -1, names it or follows within three statements on one that does. What was filled before it
# only to be returned there, or in a block that has ended, does not count. Prints FILE:LINE: STATEMENT for each breach.

BEGIN {
  fills = "failure[,)]"
  fails = "return.*(-1|NULL)|return *[a-z_]+\\(|(^|[^a-z_])result = -1"
}

# What STATEMENT says of those behind it: `if (call(failure) == 0) return 0` leaves it filled.
function goes_on(statement) {
  return match(statement, /return.*/) && substr(statement, RSTART) ~ /failure|-1|NULL|return *[a-z_]+\(/ ? "" : statement
}

function end_statement() {
  if (statement ~ /[^ \t]/) {
    if (statement ~ fails && statement !~ fills && before[1] !~ fills && before[2] !~ fills && before[3] !~ fills) {
      gsub(/[ \t]+/, " ", statement)
      print FILENAME ":" FNR ":" statement
    }
    before[3] = before[2]
    before[2] = before[1]
    before[1] = goes_on(statement)
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
    at = RSTART
    statement = statement " " substr(line, 1, at - 1)
    end_statement()
    if (substr(line, at, 1) == "}")
      before[1] = before[2] = before[3] = ""
    line = substr(line, at + 1)
  }
  statement = statement " " line
}
