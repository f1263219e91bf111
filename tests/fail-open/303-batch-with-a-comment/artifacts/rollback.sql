CREATE PROCEDURE dbo.way_back AS SELECT 1
GO 1 -- once
DROP TABLE dbo.Pipes
GO
