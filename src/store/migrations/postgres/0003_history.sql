-- What is known of a source's health and moves, what its collecting costs, and what staff and hosts ask of it.

alter table source_states add column since bigint;             -- since when the health is what it is
alter table source_states add column technical text;           -- the reason in the words of the protocol
alter table source_states add column last_new bigint;          -- the last time that an entry was new
alter table source_states add column body_bytes bigint;        -- of the last whole document, on the wire
alter table source_states add column moves_json text;
alter table source_states add column asked bigint;             -- staff ask for it now, since then

-- The scheduler asks every second for whom staff wait.
create index source_states_asked on source_states (asked) where asked is not null;

-- A row a fetch, in the order in which they end, so that a cycle writes a few pages and not one a source. A source's
-- fetches are a chain: its state has the moment of the last one, each row that of the one before.
create table fetches (
    at         bigint  not null,
    source_id  bigint  not null,
    previous   bigint,
    outcome    text    not null,            -- read, unchanged, failed
    status     bigint,
    millis     bigint  not null,
    bytes      bigint  not null,
    saved      bigint  not null,            -- what a 304 spared
    fresh      bigint  not null,            -- new entries
    updated    bigint  not null,
    reason     text,
    primary key (at, source_id)
);

-- What the fetches of a day come to.
create table fetch_days (
    day        bigint  not null,            -- days since 1970 in UTC
    source_id  bigint  not null,
    fetches    bigint  not null,
    failed     bigint  not null,
    unchanged  bigint  not null,
    millis     bigint  not null,
    bytes      bigint  not null,
    saved      bigint  not null,
    fresh      bigint  not null,
    updated    bigint  not null,
    primary key (day, source_id)
);

-- Hosts that asked for silence (429).
create table host_holds (
    authority  text collate "C" not null primary key,
    until      bigint  not null
);
