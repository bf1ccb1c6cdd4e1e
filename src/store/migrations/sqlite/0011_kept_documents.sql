-- A list page, while article pages of it are still to be read: it need not be asked for again until it changes.

create table kept_documents (
    source_id bigint primary key references sources (id) on delete cascade,
    url text not null,        -- where the body came from
    content_type text,        -- as it came
    content_language text,
    body blob not null
);

-- What is being asked now.
create index source_states_claimed on source_states (lease_until) where lease_until > 0;
