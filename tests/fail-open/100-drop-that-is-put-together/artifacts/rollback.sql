BEGIN
  FOR old IN (SELECT table_name FROM user_tables WHERE table_name LIKE 'OLD%') LOOP
    EXECUTE IMMEDIATE 'DROP TABLE ' || old.table_name;
  END LOOP;
END;
/
