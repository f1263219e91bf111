CREATE FUNCTION way_back() RETURNS void AS $$ BEGIN DROP TABLE printers; END $$ LANGUAGE plpgsql;
DO $$ BEGIN PERFORM way_back(); END $$;
