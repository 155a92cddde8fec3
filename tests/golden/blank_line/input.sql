-- +goose Up
select 1;
   
-- the line above holds three blanks
