REPLACE INTO printers (id) VALUES (1);
