-- SPDX-License-Identifier: MIT
-- Proofs of commit: a transaction of one round trip leaves its token here, so that its fate can be
-- found out when the answer is lost. Wanted only by honeydue::commit_proof::token.

-- +goose Up
create table honeydue_commit (
    token      uuid primary key,
    claimed    boolean not null default false, -- by one who lost the answer: it can no longer commit
    created_at timestamptz not null default now()
);
create index honeydue_commit_created_at_idx on honeydue_commit (created_at);

-- +goose Down
drop table honeydue_commit;
