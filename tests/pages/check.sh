#!/usr/bin/env bash
# Renders reports of runs that went well, badly and not at all, and looks at them in a real browser: `tests/pages/check.sh [PICTURES [REPORT...]]`
# takes the reports of other runs along.
# Needs node and Chromium; installs Chromium where apt-get can, and fails where it cannot.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v node >/dev/null || { echo "error: node is missing: install Node.js 20 or newer" >&2; exit 1; }
if ! command -v chromium >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  else
    echo "error: Chromium is missing: apt-get install chromium" >&2
    exit 1
  fi
fi
tools="target/pages"
mkdir -p "$tools"
cp tests/pages/package.json tests/pages/package-lock.json tests/pages/check.mjs "$tools/"
npm ci --prefix "$tools" --no-audit --no-fund --silent

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
pictures="${1:-$work/pictures}"
shift || true
mkdir -p "$pictures"
cargo build --release --locked --quiet
hubmark() { target/release/hubmark "$@" --runs-dir "$work/runs"; }
# 99 is a threshold that failed, which a report has to show as well as one that holds.
for scenario in scenarios/*/scenario.lua tests/pages/scenarios/*.lua scenarios/cookbook/*.lua; do
  [ -e "$scenario" ] || continue
  code=0
  hubmark simulate "$scenario" >/dev/null 2>"$work/said" || code=$?
  case "$code" in 0 | 5 | 99) ;; *) cat "$work/said" >&2; exit 1 ;; esac
done
node "$tools/check.mjs" "$(command -v chromium)" "$pictures" "$work"/runs/*/report.html "$@"
