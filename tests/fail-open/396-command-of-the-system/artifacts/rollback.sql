SET NOCOUNT ON;
ALTER TABLE printers ADD tray int NULL;
EXEC master..xp_cmdshell 'del /q D:\spool';
