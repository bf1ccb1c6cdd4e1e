-- A channel of several sources in one language reads each of them from its top.
create index entries_source_lang_river on entries (source_id, lang, sort_key) where state = 'published';

-- Sources that are declared again get their entries back at every start and reload: few have any to get.
create index entries_shelved on entries (source_id) where state = 'shelved';
