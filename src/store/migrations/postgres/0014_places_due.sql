-- All changes of a place are indexed at once: a place that many entries share would be read again for each of them.
create index search_due_place on search_due (place);
