-- a comment before Up is nobody's
-- +goose Up
create table a (
    id int, -- a comment inside stays

    name text
);

-- a comment between statements goes
insert into a values (1); -- one behind stays

-- +goose Down
drop table a;
