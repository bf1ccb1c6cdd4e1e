-- What is published, when, and by whose decision: the review queue, embargoes, takedowns, archives, quarantine.

alter table sources add column published bigint not null default 1;

alter table entries add column release_at bigint;
alter table entries add column released bigint;
update entries set released = first_seen where state in ('published', 'withdrawn', 'shelved');

create index entries_embargoed on entries (release_at) where state = 'embargoed';
create index entries_waiting on entries (sort_key) where state = 'waiting';
create index entries_deleted on entries (sort_key) where state in ('withdrawn', 'hidden', 'removed') and released is not null;
create index entries_removed on entries (source_id, link) where state = 'removed';

alter table entry_revisions add column number bigint not null default 0;
alter table entry_revisions add column sort_key bigint;
alter table entry_revisions add column changed bigint;
alter table entry_revisions add column published bigint;
alter table entry_revisions add column updated bigint;
update entry_revisions set number = (
    select count(*) from entry_revisions r
    where r.entry_id = entry_revisions.entry_id and (r.replaced_at, r.ctid) < (entry_revisions.replaced_at, entry_revisions.ctid));

create table decisions (
    id        bigint generated always as identity primary key,
    entry_id  bigint not null,
    at        bigint not null,
    who       text   not null,
    what      text   not null,
    before    text   not null,
    after     text   not null,
    reason    text
);

create index decisions_entry on decisions (entry_id);

create table publication_log (
    seq       bigint generated always as identity primary key,
    entry_id  bigint not null
);

-- Numbers must become visible in their order: whoever has read to one of them never looks before it again. So writers of the
-- log wait for each other.
create function publication_log_in_order() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(5005);
    return null;
end $$;

create trigger publication_log_in_order before insert on publication_log
    for each statement execute function publication_log_in_order();

insert into publication_log (entry_id) select id from entries where state = 'published' order by sort_key;

create table archives (
    channel       text collate "C" not null primary key,
    cursor        bigint not null,
    pending_json  text   not null,
    pages         bigint not null
);

create table archive_pages (
    channel       text collate "C" not null,
    number        bigint not null,
    closed_at     bigint not null,
    members_json  text   not null,
    primary key (channel, number)
);

create table quarantine (
    entry_id  bigint not null primary key,
    since     bigint not null,
    format    text   not null,
    reason    text   not null
);
