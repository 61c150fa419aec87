-- The last recorded version of each key of a source. A superseded version that is listed again counts as new.
select distinct on (key) key, etag, size, last_modified, version_id
from pipeline.source_file
where source = :source and state <> 'superseded'
order by key, discovered_at desc, id desc
