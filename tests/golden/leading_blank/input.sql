-- +goose Up
 -- +goose Down
select 1;
