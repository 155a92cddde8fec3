-- +goose Up
-- +goose ENVSUB ON
select '$HONEYDUE_GOLDEN ${HONEYDUE_UNSET:-default} $$5';
-- +goose ENVSUB OFF
select '$HONEYDUE_GOLDEN';
