-- +goose Up
-- +goose ENVSUB ON
select '${HONEYDUE_GOLDEN}', '${HONEYDUE_ABSENT:-a default}';
-- +goose Down
select '${HONEYDUE_ABSENT?is needed}';
