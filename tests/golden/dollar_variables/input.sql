-- +goose ENVSUB ON
-- +goose Up
-- +goose StatementBegin
do $$ begin null; end $$;
-- +goose StatementEnd
