-- Active files of the old source whose key is active under the new one too: there it was corrected.
select old.id
from pipeline.source_file as old
inner join pipeline.source_file as new
    on new.source = :new and new.key = old.key and new.state in ('loaded', 'empty', 'source_missing')
where old.source = :old and old.state in ('loaded', 'empty', 'source_missing')
order by old.key
