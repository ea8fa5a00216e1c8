#!/usr/bin/env bash
# Prints the path of Prism, a server made from an OpenAPI description: $PRISM, or one put into .tools now. Needs npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=5.14.2

if [ -n "${PRISM:-}" ]; then
  echo "$PRISM"
  exit 0
fi
kept="$PWD/.tools/prism-$version"
if [ ! -x "$kept/node_modules/.bin/prism" ]; then
  if ! command -v npm >/dev/null; then
    echo "There is no npm: install Node 20 or newer, or name a Prism: PRISM=/path/to/prism" >&2
    exit 1
  fi
  mkdir -p .tools
  work=$(mktemp -d "$PWD/.tools/prism.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # No scripts of packages run: what is needed needs none.
  npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --silent "@stoplight/prism-cli@$version" >&2
  mv -T "$work" "$kept" 2>/dev/null || true # another was first
fi
echo "$kept/node_modules/.bin/prism"
