#!/usr/bin/env bash
# Prints the path of an hledger: $HLEDGER, one on the PATH, or Debian's put into .tools now. Needs no root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usable() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

for found in "${HLEDGER:-}" "$(command -v hledger || true)" "$PWD/.tools/hledger"; do
  if usable "$found"; then
    echo "$found"
    exit 0
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p .tools

from_debian() { # a package of Debian and Ubuntu, unpacked and not installed
  command -v apt-get dpkg-deb >/dev/null &&
    (cd "$work" && apt-get download --quiet hledger && dpkg-deb --extract hledger_*.deb unpacked) &&
    mv "$work/unpacked/usr/bin/hledger" ".tools/hledger.$$" && mv ".tools/hledger.$$" .tools/hledger
}

if from_debian >&2 && usable .tools/hledger; then
  echo "$PWD/.tools/hledger"
  exit 0
fi
cat >&2 <<'END'
There is no hledger, and it could not be had from apt (run `apt-get update` first?). Get it from
https://hledger.org/install.html and put it on the PATH, or name it: HLEDGER=/path/to/hledger
END
exit 1
