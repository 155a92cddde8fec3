-- +goose Up
select 1
-- +goose StatementBegin
+ 2;
-- +goose StatementEnd
