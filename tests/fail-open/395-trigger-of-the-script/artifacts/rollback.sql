CREATE TRIGGER empty_trays AFTER INSERT ON printers FOR EACH ROW DELETE FROM trays;
INSERT INTO printers (id, name) VALUES (4, 'second floor');
