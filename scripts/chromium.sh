#!/usr/bin/env bash
# Prints the path of a Chromium: $CHROMIUM, one on the PATH, or Debian's package, installed now (needs root or sudo).
set -euo pipefail

usable() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

find_one() {
  for found in "${CHROMIUM:-}" "$(command -v chromium || true)" "$(command -v chromium-browser || true)" "$(command -v google-chrome || true)"; do
    if usable "$found"; then
      echo "$found"
      return 0
    fi
  done
  return 1
}

find_one && exit 0
[ "${1:-}" = "--look" ] && exit 1 # only look, install nothing

root=()
[ "$(id -u)" = 0 ] || root=(sudo -n)
if command -v apt-get >/dev/null; then
  # With a font of each script that the pages show: without one, what is measured is boxes.
  {
    "${root[@]}" apt-get update --quiet &&
      DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install --yes --quiet --no-install-recommends \
        chromium fonts-liberation fonts-noto-core
  } >&2 && find_one && exit 0
fi
echo "There is no Chromium, and it could not be installed: set CHROMIUM, or install the package 'chromium'." >&2
exit 1
