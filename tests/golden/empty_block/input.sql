-- +goose Up
-- +goose StatementBegin
-- nothing
-- +goose StatementEnd
create table lost ();
select 1;
