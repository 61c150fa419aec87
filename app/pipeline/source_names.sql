-- Names of the recorded sources.
select name from pipeline.source order by name
