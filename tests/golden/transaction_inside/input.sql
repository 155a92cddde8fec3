-- +goose Up
begin;
create table a ();
commit;
