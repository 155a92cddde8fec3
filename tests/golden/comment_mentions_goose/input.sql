-- +goose Up
-- +goose StatementBegin
create function f() returns int as $$
begin
    -- see the +goose docs
    return 1;
end;
$$ language plpgsql;
-- +goose StatementEnd
