#!/usr/bin/env bash
# One, two and four nodes on one PostgreSQL, and a cycle on PostgreSQL beside one on SQLite: what each costs, and who is busy.
# Starts everything itself, on loopback and in a temporary folder: benches/nodes.sh [feeds] [milliseconds before an answer]
# [sources that a node asks at a time]. Needs PostgreSQL (initdb) and Python; `cargo build --release` first.
set -euo pipefail
cd "$(dirname "$0")/.."
vestnik=${VESTNIK:-$PWD/target/release/vestnik}
feeds=${1:-1000} delay=${2:-0} places=${3:-64}
programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || command -v initdb)")
folder=$(mktemp -d) pids=()
chmod 755 "$folder"
as=()
[ "$(id -u)" != 0 ] || { as=(runuser -u postgres --); chown postgres "$folder"; }
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    "${as[@]}" "$programs/pg_ctl" -D "$folder/pg" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
"${as[@]}" "$programs/initdb" --auth=trust --username=vestnik --encoding=UTF8 --no-locale -D "$folder/pg" >/dev/null
"${as[@]}" "$programs/pg_ctl" -w -s -D "$folder/pg" -l "$folder/pg.log" -o "-c listen_addresses= \
    -c unix_socket_directories=$folder -c max_connections=200 -c shared_buffers=256MB" start
postmaster=$("${as[@]}" head -1 "$folder/pg/postmaster.pid")
psql() { PGOPTIONS="-c client_min_messages=warning" command psql -h "$folder" -U vestnik -qAtX "$@"; }
address() { printf 'postgres://vestnik@%s/%s' "${folder//\//%2F}" "$1"; }
# CPU seconds of processes and of the server's, which end with their connections.
cpu() { python3 - "$@" <<'P'
import sys, os
def stat(p):
    try: f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
    except OSError: return None
    return int(f[1]), (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK"), (int(f[13]) + int(f[14])) / os.sysconf("SC_CLK_TCK")
root = sys.argv[1]
server = stat(root); total = server[1] + server[2]
for p in filter(str.isdigit, os.listdir("/proc")):
    s = stat(p)
    if s and s[0] == int(root): total += s[1]
nodes = sum(stat(p)[1] for p in sys.argv[2:])
print(f"{total:.2f} {nodes:.2f}")
P
}

echo "== a cycle of $feeds feeds x 20 entries, in one process"
for where in sqlite postgres sqlite postgres; do
    echo "-- $where"
    if [ $where = sqlite ]; then "$vestnik" bench --feeds "$feeds"; continue; fi
    psql -d postgres -c "drop database if exists one" -c "create database one"
    before=$(cpu "$postmaster")
    "$vestnik" bench --feeds "$feeds" --storage "$(address one)"
    after=$(cpu "$postmaster")
    echo "the server's CPU over all cycles: $(python3 -c "a,b='$before'.split(),'$after'.split(); print(f'{float(b[0])-float(a[0]):.2f} s')")"
done

echo "== nodes: $feeds feeds, each answer after $delay ms, $places at a time a node"
coproc FARM { exec "$vestnik" bench farm --feeds "$feeds" --entries 20 --delay "$delay"; }
pids+=("$FARM_PID")
read -r line <&"${FARM[0]}"
python3 - "$line" "$folder/sources" <<'P'
import sys, json, os
_, ports = json.loads(sys.argv[1]); os.makedirs(sys.argv[2])
for n, port in enumerate(ports):
    open(f"{sys.argv[2]}/p{n}.toml", "w").write(f'url = "http://127.0.0.1:{port}/feed"\n[polling]\ninterval = "1day"\n')
P
for nodes in 1 2 4; do
    desk=$folder/feeds-$nodes
    mkdir -p "$desk/channels"
    echo 'title = "All"' >"$desk/channels/all.toml"
    cat >"$folder/$nodes.toml" <<T
[server]
listen = "127.0.0.1:0"
[storage]
url = "$(address "n$nodes")"
[feeds]
directory = "$desk"
[collect]
allow_networks = ["127.0.0.0/8"]
concurrency = $places
[log]
filter = "warn,vestnik::app=info"
T
    psql -d postgres -c "create database n$nodes"
    running=()
    for node in $(seq "$nodes"); do
        (cd "$folder" && exec "$vestnik" serve --config "$folder/$nodes.toml") 2>"$folder/log-$nodes-$node" &
        running+=($!)
        until grep -qs serves "$folder/log-$nodes-$node"; do sleep 0.1; done
    done
    pids+=("${running[@]}")
    for cycle in cold warm; do
        before=$(cpu "$postmaster" "${running[@]}")
        begun=$(date +%s%3N)
        if [ $cycle = cold ]; then cp -r "$folder/sources" "$folder/s" && mv "$folder/s" "$desk/sources"
        else psql -d "n$nodes" -c "update source_states set next_due = 1"; fi
        until [ "$(psql -d "n$nodes" -c "select count(*) from fetches where at >= $begun" 2>/dev/null)" -ge "$feeds" ]; do sleep 0.2; done
        after=$(cpu "$postmaster" "${running[@]}")
        wall=$(psql -d "n$nodes" -c "select max(at) - min(at - millis) from fetches where at >= $begun")
        twice=$(psql -d "n$nodes" -c "select count(*) - count(distinct source_id) from fetches where at >= $begun")
        shares=$(psql -d "n$nodes" -c "select string_agg(c::text, '/') from (select count(*) c from source_states where node > 0 group by node) s")
        python3 - "$nodes" "$cycle" "$wall" "$feeds" "$before" "$after" "$twice" "$shares" <<'P'
import sys
nodes, cycle, wall, feeds, before, after, twice, shares = sys.argv[1:]
(d0, n0), (d1, n1) = [map(float, x.split()) for x in (before, after)]
w = int(wall) / 1000
print(f"{nodes} nodes, {cycle}: {w:.2f} s, {int(feeds)/w:.0f} feeds/s; CPU of the server {d1-d0:.2f} s, of the nodes {n1-n0:.2f} s; asked twice: {twice}; shares {shares}")
P
    done
    for pid in "${running[@]}"; do kill "$pid"; wait "$pid" 2>/dev/null || true; done
done
