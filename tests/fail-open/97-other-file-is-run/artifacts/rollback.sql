\i drop_everything.sql
DROP INDEX printers_by_day;
