#!/usr/bin/env bash
# Prints the path of a promtool: $PROMTOOL, one on the PATH, or one put into .tools now. Needs no root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=v0.305.0 # of the Go module, which is Prometheus 3.5

usable() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

for found in "${PROMTOOL:-}" "$(command -v promtool || true)" "$PWD/.tools/promtool"; do
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
    (cd "$work" && apt-get download --quiet prometheus && dpkg-deb --extract prometheus_*.deb unpacked) &&
    mv "$work/unpacked/usr/bin/promtool" .tools/promtool
}

from_go() { # built from source: a few minutes
  command -v go >/dev/null || return 1
  mkdir -p "$work/build" && (
    cd "$work/build" && go mod init build && go get "github.com/prometheus/prometheus/cmd/promtool@$version" &&
      go build -o "$work/promtool" github.com/prometheus/prometheus/cmd/promtool
  ) && mv "$work/promtool" .tools/promtool
}

for way in from_debian from_go; do
  if "$way" >&2 && usable .tools/promtool; then
    echo "$PWD/.tools/promtool"
    exit 0
  fi
done
cat >&2 <<'END'
There is no promtool, and it could be had neither from apt (run `apt-get update` first?) nor by building it with Go.
Get it from https://prometheus.io/download/ and put it on the PATH, or name it: PROMTOOL=/path/to/promtool
END
exit 1
