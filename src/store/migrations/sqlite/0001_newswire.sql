-- Sources, what is known of them, entries with their tags and former states, the outbox, the revisions of renditions.
-- Moments are milliseconds since 1970 in UTC; texts that end in _json hold JSON.

create table sources (
    id          integer primary key,
    slug        text    not null unique,
    spec_json   text    not null,
    declared    bigint  not null,           -- 1 while a file (or the house itself) declares it
    enabled     bigint  not null
);

create table source_states (
    source_id        integer primary key references sources (id) on delete cascade,
    etag             text,                  -- the bytes received, one character (U+0000 to U+00FF) a byte
    last_modified    text,
    body_hash        text,
    next_due         bigint  not null,
    lease_until      bigint  not null default 0,
    last_attempt     bigint,
    last_success     bigint,
    failing_since    bigint,
    failures         bigint  not null default 0,
    health           text    not null default 'new',
    reason           text,
    info_json        text,
    entries_per_week double precision
);

-- The scheduler asks every second what is due.
create index source_states_due on source_states (next_due);

create table entries (
    id            integer primary key,
    source_id     bigint  not null references sources (id),
    identity      text    not null,
    fingerprint   text    not null,
    state         text    not null,         -- published, withdrawn, shelved (its source is not declared any more)
    sort_key      bigint  not null,
    lang          text,                     -- primary subtag
    public_id     text    not null,
    first_seen    bigint  not null,
    changed       bigint  not null,
    published     bigint,
    updated       bigint,
    link          text,
    title         text    not null,
    details_json  text    not null,
    summary       text,
    content       text
);

-- A document's entries are looked up by identity.
create unique index entries_identity on entries (source_id, identity);
-- Channels read the river from its top: all of it, one source's, one language's.
create index entries_river on entries (sort_key) where state = 'published';
create index entries_source_river on entries (source_id, sort_key) where state = 'published';
create index entries_lang_river on entries (lang, sort_key) where state = 'published';

create table entry_tags (
    tag       text    not null,             -- in lower case
    sort_key  bigint  not null,
    entry_id  integer not null references entries (id) on delete cascade,
    primary key (tag, sort_key, entry_id)
) without rowid;

-- Tags of a changed entry are replaced.
create index entry_tags_entry on entry_tags (entry_id);

-- What an entry said before it changed.
create table entry_revisions (
    entry_id      integer not null references entries (id) on delete cascade,
    replaced_at   bigint  not null,
    title         text    not null,
    link          text,
    details_json  text    not null,
    summary       text,
    content       text
);

create index entry_revisions_entry on entry_revisions (entry_id);

create table outbox (
    id            integer primary key,
    topic         text    not null,
    payload_json  text    not null,
    created       bigint  not null
);

create table renditions (
    channel        text    not null,
    format         text    not null,
    hash           text    not null,
    last_modified  bigint  not null,
    primary key (channel, format)
);
