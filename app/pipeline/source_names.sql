-- Names of the sources with files, and of the configured source.
select name
from pipeline.source as s
where
    s.is_configured
    or exists (select from pipeline.source_file as f where f.source = s.name and f.state <> 'superseded')
order by name collate "C"
