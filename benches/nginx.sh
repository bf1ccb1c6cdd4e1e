#!/usr/bin/env bash
# A cached feed from Vestnik beside nginx with the same bytes, compressed beforehand: 304s and gzipped 200s, requests a second
# and CPU time a request, in turn in one run, with the same number of workers, on loopback.
#
#   benches/nginx.sh [VESTNIK]          needs nginx (with gzip_static) and wrk; the program is target/release/vestnik
#   WORKERS=1 SECONDS_EACH=4 ROUNDS=3 CONNECTIONS=64 may be set
set -euo pipefail
cd "$(dirname "$0")/.."

vestnik=$(realpath "${1:-target/release/vestnik}")
workers=${WORKERS:-1} seconds=${SECONDS_EACH:-4} rounds=${ROUNDS:-3} connections=${CONNECTIONS:-64}
nginx=$(command -v nginx || echo /usr/sbin/nginx)
for needed in "$vestnik" "$nginx" "$(command -v wrk || echo wrk)"; do
    [ -x "$needed" ] || { echo "benches/nginx.sh: $needed is missing" >&2; exit 1; }
done

work=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ours=$(free_port) theirs=$(free_port)

# A feed of fifty entries, as a channel of the default window has.
mkdir -p "$work/feeds/posts" "$work/feeds/channels"
printf '[title]\nen = "News"\n' >"$work/feeds/channels/all.toml"
for n in $(seq -w 1 50); do
    {
        printf '+++\ntitle = "Entry %s of the cluster about its work"\ndate = 2026-01-%02dT09:00:00Z\nlanguage = "en"\n+++\n' "$n" $((10#$n % 28 + 1))
        for p in 1 2 3; do printf 'The cluster presents its programme %s.%s for digital innovation with partners from six countries.\n\n' "$n" "$p"; done
    } >"$work/feeds/posts/entry-$n.md"
done
cat >"$work/vestnik.toml" <<CONFIG
[site]
url = "http://127.0.0.1:$ours/"
[server]
listen = "127.0.0.1:$ours"
client_rate = 0
[storage]
data = "$work/data"
[feeds]
directory = "$work/feeds"
[log]
filter = "warn"
CONFIG
TOKIO_WORKER_THREADS=$workers "$vestnik" --config "$work/vestnik.toml" serve 2>"$work/vestnik.log" &
pids+=($!)
vestnik_pid=$!
for _ in $(seq 100); do
    curl -sf -o /dev/null "http://127.0.0.1:$ours/readyz" && break
    sleep 0.1
done

# Its workers may be somebody else.
chmod 755 "$work"
mkdir -p "$work/root/feeds"
curl -sf "http://127.0.0.1:$ours/feeds/all.atom" -o "$work/root/feeds/all.atom"
curl -sf -H 'Accept-Encoding: gzip' "http://127.0.0.1:$ours/feeds/all.atom" -o "$work/root/feeds/all.atom.gz"
cat >"$work/nginx.conf" <<CONFIG
worker_processes $workers;
pid $work/nginx.pid;
error_log $work/nginx.log;
daemon off;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=100;
    open_file_cache_valid 1h;
    types { application/atom+xml atom; }
    gzip_static on;
    server {
        listen 127.0.0.1:$theirs;
        root $work/root;
        add_header Cache-Control "public, max-age=300, stale-while-revalidate=600";
        add_header Vary "Accept-Encoding";
        add_header Access-Control-Allow-Origin "*";
    }
}
CONFIG
"$nginx" -p "$work" -c "$work/nginx.conf" 2>>"$work/nginx.log" &
pids+=($!)
nginx_pid=$!
for _ in $(seq 100); do
    curl -sf -o /dev/null "http://127.0.0.1:$theirs/feeds/all.atom" && break
    sleep 0.1
done
nginx_workers=$(pgrep -P "$nginx_pid" | tr '\n' ' ')

etag_of() { curl -sf -H 'Accept-Encoding: gzip' -D - -o /dev/null "$1" | tr -d '\r' | awk 'tolower($1) == "etag:" { print $2 }'; }
ticks() { for pid in "$@"; do awk '{ print $14 + $15 }' "/proc/$pid/stat"; done | awk '{ sum += $1 } END { print sum }'; }

# name, address, header, pids: requests a second and microseconds of CPU a request
measure() {
    local before after output requests rate
    before=$(ticks $4)
    output=$(wrk -t 1 -c "$connections" -d "${seconds}s" -H 'Accept-Encoding: gzip' -H "$3" "$2")
    after=$(ticks $4)
    requests=$(awk '/requests in/ { print $1 }' <<<"$output")
    rate=$(awk '/Requests\/sec/ { print $2 }' <<<"$output")
    if grep -q 'Non-2xx' <<<"$output"; then echo "$1 answers something else: $output" >&2; exit 1; fi
    awk -v r="$rate" -v n="$requests" -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" \
        'BEGIN { printf "%s %.2f\n", r, t / hz * 1e6 / n }' >>"$work/$1"
}

best() { sort -k1 -rn "$work/$1" | awk 'NR == 1 { rate = $1 } NR == 1 || $2 < cpu { cpu = $2 } END { print rate, cpu }'; }

printf '%-10s %14s %14s %8s %12s %12s %8s\n' answer "vestnik req/s" "nginx req/s" share "vestnik µs" "nginx µs" ratio
url_ours=http://127.0.0.1:$ours/feeds/all.atom url_theirs=http://127.0.0.1:$theirs/feeds/all.atom
for answer in 304 200; do
    if [ $answer = 304 ]; then
        head_ours="If-None-Match: $(etag_of "$url_ours")" head_theirs="If-None-Match: $(etag_of "$url_theirs")"
    else
        head_ours="X-None: 1" head_theirs="X-None: 1"
    fi
    for _ in $(seq "$rounds"); do
        measure "ours-$answer" "$url_ours" "$head_ours" "$vestnik_pid"
        measure "theirs-$answer" "$url_theirs" "$head_theirs" "$nginx_workers"
    done
    read -r rate cpu <<<"$(best ours-$answer)"
    read -r their_rate their_cpu <<<"$(best theirs-$answer)"
    awk -v a=$answer -v r="$rate" -v tr="$their_rate" -v c="$cpu" -v tc="$their_cpu" \
        'BEGIN { printf "%-10s %14.0f %14.0f %7.0f%% %12.1f %12.1f %8.2f\n", a == 200 ? "200 gzip" : a, r, tr, r / tr * 100, c, tc, c / tc }'
done
