-- Articles whose publisher's page is asked whether it is still there.

create table article_checks (
    entry_id    bigint primary key references entries (id) on delete cascade,
    checked_at  bigint  not null,   -- when its page was last asked for
    gone        bigint  not null    -- answers of 410 in a row
);
