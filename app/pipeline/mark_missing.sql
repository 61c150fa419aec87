-- Files whose object is no longer listed, and those whose object is there again: the data of what was loaded stay, what
-- was refused is history.
update pipeline.source_file as f
set
    state = case
        when f.state in ('rejected', 'failed') then 'superseded'
        when f.state <> 'source_missing' then 'source_missing'
        when f.rows_read > 0 then 'loaded'
        else 'empty'
    end
from pipeline.source_file as was
left join unnest(cast(:keys as text[])) as listed (key) on listed.key = was.key
where
    f.id = was.id
    and was.bucket = :bucket
    and starts_with(was.key, :prefix)
    and was.state in ('loaded', 'empty', 'rejected', 'failed', 'source_missing')
    and (was.state = 'source_missing') = (listed.key is not null)
