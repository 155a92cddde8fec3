-- +goose NO TRANSACTION
-- +goose Up
select 1; select 2; -- both go as one
;
-- +goose Down
