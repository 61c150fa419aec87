-- The version last seen under each key of a bucket. An earlier one that stands there again just as it was is not known.
select distinct on (key) key, etag, size, last_modified, version_id
from pipeline.source_file
where bucket = :bucket and state <> 'superseded'
order by key, discovered_at desc, id desc
