INSERT INTO paths VALUES ('it\'); DROP TABLE trays; PLEASE; --');
