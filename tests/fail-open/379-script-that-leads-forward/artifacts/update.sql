-- *********************************************************************
-- Update Database Script
-- *********************************************************************

-- Lock Database
UPDATE DATABASECHANGELOGLOCK SET LOCKED = TRUE WHERE ID = 1 AND LOCKED = FALSE;

-- Changeset db/orders.xml::19::shop
ALTER TABLE orders ADD voucher VARCHAR(20);

-- Release Database Lock
UPDATE DATABASECHANGELOGLOCK SET LOCKED = FALSE, LOCKEDBY = NULL, LOCKGRANTED = NULL WHERE ID = 1;
