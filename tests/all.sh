#!/usr/bin/env bash
# Everything: installs what the suite needs where it is missing, then format, lints, documentation and all tests, with a
# real browser. Debian or a kin of it; elsewhere install chromium, chromedriver and python3 with venv yourself.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
has() { command -v "$1" >/dev/null; }

if ! has cargo; then
    echo "tests/all.sh: cargo is missing; https://rustup.rs/ installs Rust" >&2
    exit 1
fi

need=()
has chromium || need+=(chromium)
has chromedriver || need+=(chromium-driver)
# Only the programs: the tests start a server of their own.
has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need+=(postgresql)
has cc || need+=(gcc libc6-dev)
# Debian's python3 has venv, but without python3-venv not what it puts into an environment.
python3 -c 'import venv, ensurepip' 2>/dev/null || need+=(python3 python3-venv)
if ((${#need[@]})); then
    say "installing ${need[*]}"
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    if ! has apt-get || { ((${#as_root[@]})) && ! has sudo; }; then
        echo "tests/all.sh: cannot install here; install ${need[*]} and start again" >&2
        exit 1
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

# The reference reader of the field: published feeds are read back with it.
python=target/feedparser/bin/python3
if ! "$python" -c 'import feedparser' 2>/dev/null; then
    say "installing feedparser"
    # --clear: what an earlier, broken attempt left would not be mended.
    python3 -m venv --clear target/feedparser
    "$python" -m pip install --quiet --disable-pip-version-check 'feedparser==6.0.14'
fi
export VESTNIK_TEST_PYTHON="$PWD/$python"

# A server that speaks S3: the site is kept in a bucket of it.
moto=target/moto/bin/python3
if ! "$moto" -c 'import moto.server, flask' 2>/dev/null; then
    say "installing moto"
    python3 -m venv --clear target/moto
    "$moto" -m pip install --quiet --disable-pip-version-check 'moto[s3,server]==5.2.5'
fi
export VESTNIK_TEST_MOTO="$PWD/$moto"

say "format"
cargo fmt --check

say "lints"
cargo clippy --all-targets --quiet -- -D warnings

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --quiet

say "tests"
# Where the suite is asked for in whole, what is missing is a failure and not a skip.
VESTNIK_TEST_ALL=1 cargo test --quiet

say "benches compile and run once"
cargo bench --bench stages --quiet -- --test

say "all is well"
