-- +goose Up
select 'two
lines';
-- +goose Down
select 2;
