-- Stories: entries of different sources that report the same thing.

create table stories (
    id       integer primary key,
    lead     bigint  not null,              -- the entry that leads it
    created  bigint  not null
);

create table story_entries (
    entry_id  integer primary key references entries (id) on delete cascade,
    story_id  bigint  not null references stories (id) on delete cascade,
    why       text    not null              -- link, title, text, staff
);

-- A channel asks for the others of an entry's story.
create index story_entries_story on story_entries (story_id);

-- Where entries meet that may be alike. Rows of entries that are gone do no harm: whoever is met is looked at again.
create table story_keys (
    hash       bigint not null,
    at         bigint not null,             -- seconds since 1970
    entry_id   bigint not null,
    source_id  bigint not null,
    primary key (hash, at, entry_id)
) without rowid;

-- What staff took apart: never grouped again by the program.
create table story_apart (
    entry_id  bigint not null,
    other_id  bigint not null,
    primary key (entry_id, other_id)
) without rowid;

-- What staff decided, for good.
create table story_decisions (
    id        integer primary key,
    at        bigint  not null,
    action    text    not null,             -- split, merge
    entry_id  bigint  not null,
    other_id  bigint,
    story_id  bigint
);

-- Entries that are new or changed since they were last looked at for stories.
create table ungrouped (
    entry_id  integer primary key
);

insert into ungrouped (entry_id) select id from entries where state = 'published';

create trigger entries_ungrouped after insert on entries
begin
    insert into ungrouped (entry_id) values (new.id) on conflict do nothing;
end;

create trigger entries_changed after update of state, title, link, summary, content on entries
begin
    insert into ungrouped (entry_id) values (new.id) on conflict do nothing;
end;
