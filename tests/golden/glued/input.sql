-- +goose Up
select 1;-- no blank before the dashes
select 2; /* a block comment behind */
select 3;
