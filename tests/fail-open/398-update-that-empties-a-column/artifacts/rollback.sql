ALTER TABLE printers ADD COLUMN paper INT;
UPDATE printers SET paper = 1, tray = NULL WHERE 1 = 1;
