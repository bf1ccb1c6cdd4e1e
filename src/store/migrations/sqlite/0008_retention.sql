-- Entries that are not kept for ever become tombstones (state 'expired'); whether one leads a story is asked of each.

create index stories_lead on stories (lead);
