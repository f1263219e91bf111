:setvar Database Shop
DROP INDEX PrintersByDay ON Printers
GO
:EXIT (DELETE FROM Printers)
