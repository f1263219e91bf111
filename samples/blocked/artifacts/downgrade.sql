BEGIN;

-- Running downgrade 0042 -> 0041

ALTER TABLE orders DROP COLUMN discount_code;

UPDATE alembic_version SET version_num='0041' WHERE alembic_version.version_num = '0042';

COMMIT;
