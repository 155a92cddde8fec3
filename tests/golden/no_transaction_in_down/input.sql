-- +goose Up
create index concurrently a_id on a (id);
-- +goose Down
-- +goose NO TRANSACTION
drop index concurrently a_id;
