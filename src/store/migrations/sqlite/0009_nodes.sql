-- Which node has claimed a source, and which host the source is asked at.

alter table sources add column host text;                             -- authority of the declared address
alter table source_states add column moved_host text;                 -- of the address that it moved to
alter table source_states add column claim bigint not null default 0; -- number of the last claim: who has an older one lost it
alter table source_states add column node bigint not null default 0;  -- who made it

-- What one node does for all others, for how long.
create table duties (
    name   text not null primary key,
    node   bigint not null,
    until  bigint not null
);
