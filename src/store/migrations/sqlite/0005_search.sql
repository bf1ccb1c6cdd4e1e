-- Full-text search. Rows of the index are places of the river, 64 a second (sort_key >> 14), so that what is found comes newest
-- first without sorting. It keeps the terms alone (no text, no positions), as src/search makes them.

create virtual table search_terms using fts5(terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

-- Places whose row has to be written anew; filled by whatever changes entries, emptied behind the commits.
create table search_due (
    id     integer primary key,
    place  bigint  not null
);

create trigger search_due_insert after insert on entries when new.state = 'published' begin
    insert into search_due (place) values (new.sort_key >> 14);
end;

create trigger search_due_update after update of state, sort_key, title, details_json, summary, content on entries
when new.state = 'published' or old.state = 'published' begin
    insert into search_due (place) values (old.sort_key >> 14);
    insert into search_due (place) select new.sort_key >> 14 where new.sort_key >> 14 <> old.sort_key >> 14;
end;

create trigger search_due_delete after delete on entries when old.state = 'published' begin
    insert into search_due (place) values (old.sort_key >> 14);
end;

insert into search_due (place) select distinct sort_key >> 14 from entries where state = 'published';
