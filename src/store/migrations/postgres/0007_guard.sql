-- The resurfacing guard, what a new source brings along, and who reads us.

-- Identities that entries were known by before their publisher changed its ids.
create table entry_aliases (
    source_id          bigint not null,
    identity           text collate "C" not null,
    entry_id           bigint not null references entries (id) on delete cascade,
    published_as_json  text   not null,     -- the publisher's id that readers know it by
    primary key (source_id, identity)
);

create index entry_aliases_entry on entry_aliases (entry_id);

-- What could not be recognised waits for staff.
create index entries_held on entries (source_id, sort_key) where state = 'held';

-- What was published before is a backfill.
alter table source_states add column first_success bigint;
update source_states set first_success =
    (select min(e.first_seen) from entries e where e.source_id = source_states.source_id)
    where last_success is not null;

-- Requests for feeds, a day, channel and program. No addresses, and no more programs than the house keeps apart.
create table consumers (
    day          text collate "C" not null, -- 2026-03-04, in UTC
    channel      text collate "C" not null,
    agent        text collate "C" not null,
    requests     bigint not null,
    unchanged    bigint not null,           -- answered with 304
    bytes        bigint not null,
    subscribers  bigint not null,           -- the most that the program declared on that day
    primary key (day, channel, agent)
);
