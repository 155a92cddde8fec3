-- +goose Up
-- +goose StatementBegin
create function f() returns int language plpgsql as $$
begin
    return 1;
end
$$;
-- the end of the block
-- +goose StatementEnd
select 1;
-- +goose StatementBegin
select 2; select 3;
-- +goose StatementEnd
