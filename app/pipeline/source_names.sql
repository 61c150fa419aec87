-- Names of the sources that the database has files of.
select name from pipeline.source order by name
