ALTER TABLE printers ADD COLUMN tray INT;
/*T! DROP TABLE trays */;
