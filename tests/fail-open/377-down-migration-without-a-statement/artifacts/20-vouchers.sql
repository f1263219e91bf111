-- Up Migration
CREATE TABLE vouchers (code text PRIMARY KEY);

-- Down Migration
-- the table is kept
