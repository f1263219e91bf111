BEGIN;
--
-- Raw Python operation
--
-- THIS OPERATION CANNOT BE WRITTEN AS SQL
--
-- Create index shop_printer_by_day on field(s) day of model printer
--
DROP INDEX IF EXISTS "shop_printer_by_day";
COMMIT;
