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

-- Archives are cut from the log by its numbers, which are given out before they are committed. Whoever logs holds this until
-- then; whoever reads waits for it, and so misses nothing below the last number that it sees.
create function keep_log_whole() returns trigger language plpgsql
    as 'begin perform pg_advisory_xact_lock_shared(8649, 2); return null; end';
create trigger keep_log_whole before insert on publication_log
    for each statement execute function keep_log_whole();

-- A fifth of the time that the usual compression of texts takes, where the server has it.
do 'begin
    alter table entries alter content set compression lz4, alter summary set compression lz4,
        alter details_json set compression lz4;
    alter table entry_revisions alter content set compression lz4, alter summary set compression lz4,
        alter details_json set compression lz4;
exception when feature_not_supported then null;
end';
