-- The last recorded version of each of these keys of a source. A superseded version that is listed again counts as new.
select distinct on (key) key, etag, size, last_modified, version_id
from pipeline.source_file
where source = :source and key = any(cast(:keys as text[])) and state <> 'superseded'
order by key, discovered_at desc, id desc
