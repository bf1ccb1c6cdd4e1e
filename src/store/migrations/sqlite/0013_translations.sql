-- Entries that are the same in different languages, by what their publishers say; each pair both ways.
create table translations (
    entry_id  bigint not null,
    other_id  bigint not null,
    primary key (entry_id, other_id)
) without rowid;

create index translations_other on translations (other_id);

-- The full-text index once more, with the beginnings of words: a search for all words that begin so reads one list, newest first,
-- and does not put together those of all the words.
drop table search_terms;
create virtual table search_terms using fts5(terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '3 5');
delete from search_due;
insert into search_due (place) select distinct sort_key >> 14 from entries where state = 'published';

-- What an entry names as its translations stands in its details: a change of them is looked at too.
drop trigger entries_changed;
create trigger entries_changed after update of state, title, link, summary, content, details_json on entries
begin
    insert into ungrouped (entry_id) values (new.id) on conflict do nothing;
end;
