SELECT DropGeometryColumn('public', 'parcels', 'geom');
DROP INDEX parcels_by_day;
