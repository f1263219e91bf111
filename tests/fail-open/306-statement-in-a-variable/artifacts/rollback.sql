SET @s = IF((SELECT COUNT(*) FROM trays) > 0, 'ALTER TABLE printers DROP COLUMN tray', 'SELECT 1');
PREPARE way_back FROM @s;
EXECUTE way_back;
DEALLOCATE PREPARE way_back;
