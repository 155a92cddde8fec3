---- +goose UP ----
--+goose	statementbegin
select 1;
-- +gooseStatementEnd
-- Down +goose
select 2;
