UPDATE printers SET pages = 5--1 WHERE id = 2;
UPDATE printers SET pages = 5--1; DROP TABLE trays;
