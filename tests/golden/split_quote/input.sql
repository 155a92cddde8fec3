-- +goose Up
insert into a values ('one;
two');
