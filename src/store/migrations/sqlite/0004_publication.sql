-- What is published, when, and by whose decision: the review queue, embargoes, takedowns, archives, quarantine.

-- 0 where the source's policy is “off”: its entries are shelved.
alter table sources add column published bigint not null default 1;

-- When an embargoed entry comes out; when an entry was first published (null: never, so that nobody has to be told when it
-- goes).
alter table entries add column release_at bigint;
alter table entries add column released bigint;
update entries set released = first_seen where state in ('published', 'withdrawn', 'shelved');

-- Embargoes end by themselves; staff look at what waits; documents name what was taken out of them.
create index entries_embargoed on entries (release_at) where state = 'embargoed';
create index entries_waiting on entries (sort_key) where state = 'waiting';
create index entries_deleted on entries (sort_key) where state in ('withdrawn', 'hidden', 'removed') and released is not null;
-- What was taken down must not come back under another id.
create index entries_removed on entries (source_id, link) where state = 'removed';

-- Everything that was said of an entry, so that an archive can show what it showed; the first is number 0.
alter table entry_revisions add column number bigint not null default 0;
alter table entry_revisions add column sort_key bigint;
alter table entry_revisions add column changed bigint;
alter table entry_revisions add column published bigint;
alter table entry_revisions add column updated bigint;
update entry_revisions set number =
    (select count(*) from entry_revisions r where r.entry_id = entry_revisions.entry_id and r.rowid < entry_revisions.rowid);

-- The audit trail of what staff and the house itself decided.
create table decisions (
    id        integer primary key,
    entry_id  bigint not null,
    at        bigint not null,
    who       text   not null,
    what      text   not null,
    before    text   not null,
    after     text   not null,
    reason    text
);

create index decisions_entry on decisions (entry_id);

-- Every publication and change of an entry in the order of the commits: what archives are cut from.
create table publication_log (
    seq       integer primary key,
    entry_id  bigint not null
);

insert into publication_log (entry_id) select id from entries where state = 'published' order by sort_key;

-- How far the archive of a channel has read the log, and what it has read and not yet closed in (a JSON array of entries).
create table archives (
    channel       text   not null primary key,
    cursor        bigint not null,
    pending_json  text   not null,
    pages         bigint not null
);

-- A closed archive document: which entries, each with the number of its revision. Never changes.
create table archive_pages (
    channel       text   not null,
    number        bigint not null,
    closed_at     bigint not null,
    members_json  text   not null,
    primary key (channel, number)
);

-- Entries that would have made a document faulty.
create table quarantine (
    entry_id  bigint not null primary key,
    since     bigint not null,
    format    text   not null,
    reason    text   not null
);
