-- Entries that are the same in different languages, by what their publishers say; each pair both ways.
create table translations (
    entry_id  bigint not null,
    other_id  bigint not null,
    primary key (entry_id, other_id)
);

create index translations_other on translations (other_id);

-- What an entry names as its translations stands in its details: a change of them is looked at too.
drop trigger entries_changed on entries;
create trigger entries_changed after update of state, title, link, summary, content, details_json on entries
    for each row execute function note_ungrouped();
