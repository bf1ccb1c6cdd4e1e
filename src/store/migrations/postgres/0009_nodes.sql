-- Which node has claimed a source, and which host the source is asked at.

alter table sources add column host text collate "C";                 -- authority of the declared address
alter table source_states add column moved_host text collate "C";     -- of the address that it moved to
alter table source_states add column claim bigint not null default 0; -- number of the last claim: who has an older one lost it
alter table source_states add column node bigint not null default 0;  -- who made it

-- What is being asked now, and what was asked just now: the hosts of these are left alone by other nodes.
create index source_states_claimed on source_states (lease_until) where lease_until > 0;
create index source_states_attempted on source_states (last_attempt);

-- What one node does for all others, for how long.
create table duties (
    name   text collate "C" not null primary key,
    node   bigint not null,
    until  bigint not null
);
