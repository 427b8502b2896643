#!/bin/sh
# embed.sh FOLDER: print the page in FOLDER as C, for page.h: page.html with the style and the script put into it, and
# its Content-Security-Policy, which lets a browser use these two, known by their hashes, and nothing else.
set -eu

folder=${1:?the folder of the page} most=40000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Print the SHA-256 of FILE in base64: three hexadecimal digits are two of its letters.
hash() { # FILE
  sha256sum "$1" | awk '
    BEGIN { letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" }
    {
      digits = substr($1, 1, 64) "00"
      for (i = 1; i <= 66; i += 3) {
        value = 0
        for (j = 0; j < 3; j++)
          value = value * 16 + index("0123456789abcdef", substr(digits, i + j, 1)) - 1
        text = text substr(letters, int(value / 64) + 1, 1) substr(letters, value % 64 + 1, 1)
      }
      print substr(text, 1, 43) "="
    }'
}

cat "$folder/page.css" >"$work/style"
for part in format spark workers card head feed; do
  cat "$folder/$part.js"
done >"$work/script"

while IFS= read -r line; do
  case $line in
  '<!-- style -->') printf '<style>' && cat "$work/style" && echo '</style>' ;;
  '<!-- script -->') printf '<script>' && cat "$work/script" && echo '</script>' ;;
  *) printf '%s\n' "$line" ;;
  esac
done <"$folder/page.html" >"$work/page"

size=$(wc -c <"$work/page")
if test "$size" -gt $most; then
  echo "embed.sh: the page has $size bytes, over $most" >&2
  exit 1
fi

cat <<END
/* The page, made by client/web/embed.sh. */
#include "client/web/page.h"

const char page_policy[] =
    "default-src 'none'; style-src 'sha256-$(hash "$work/style")'; "
    "script-src 'sha256-$(hash "$work/script")'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
END
echo 'const unsigned char page_text[] = {'
od -An -v -tx1 "$work/page" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'
echo '};'
echo
echo 'const size_t page_size = sizeof(page_text);'
