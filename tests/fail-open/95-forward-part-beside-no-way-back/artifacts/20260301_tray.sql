-- // add the tray of a printer
CREATE INDEX printers_by_tray ON printers (tray);

-- //@UNDO
-- SQL to undo the change goes here.
