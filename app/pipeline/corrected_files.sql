-- Active files of the old source with a key that is active in the new source too: the new one is a correction.
select old.id
from pipeline.source_file as old
inner join pipeline.source_file as new
    on new.source = :new and new.key = old.key and new.state in ('loaded', 'empty', 'source_missing')
where old.source = :old and old.state in ('loaded', 'empty', 'source_missing')
order by old.key
