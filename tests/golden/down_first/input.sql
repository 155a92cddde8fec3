-- +goose Down
drop table a;
-- +goose Up
create table a ();
