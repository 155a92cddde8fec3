-- +goose Up
create table a (id int)
