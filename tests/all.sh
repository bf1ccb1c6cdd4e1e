#!/usr/bin/env bash
# Everything: installs what the suite needs where it is missing, then format, lints, documentation and all tests, with a
# real browser. Debian or a kin of it; elsewhere install chromium and chromedriver yourself.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

need=()
command -v chromium >/dev/null || need+=(chromium)
command -v chromedriver >/dev/null || need+=(chromium-driver)
command -v cc >/dev/null || need+=(gcc libc6-dev)
command -v python3 >/dev/null || need+=(python3 python3-venv)
if ((${#need[@]})); then
    say "installing ${need[*]}"
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

# The reference reader of the field: published feeds are read back with it.
python=target/feedparser/bin/python3
if ! "$python" -c 'import feedparser' 2>/dev/null; then
    say "installing feedparser"
    python3 -m venv target/feedparser
    "$python" -m pip install --quiet 'feedparser==6.0.14'
fi
export VESTNIK_TEST_PYTHON="$PWD/$python"

say "format"
cargo fmt --check

say "lints"
cargo clippy --all-targets --quiet -- -D warnings

say "tests"
# Where the suite is asked for in whole, what is missing is a failure and not a skip.
VESTNIK_TEST_ALL=1 cargo test --quiet

say "benches compile and run once"
cargo bench --bench stages --quiet -- --test

say "all is well"
