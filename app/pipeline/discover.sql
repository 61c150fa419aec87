-- Remembers every listed object version that is not the one last seen under its key. There is no watermark: what is
-- listed counts, and so does an earlier version that stands there again just as it was.
with latest as (
    select distinct on (bucket, key) bucket, key, version_id, etag, size, last_modified
    from pipeline.source_file
    where state <> 'superseded'
    order by bucket, key, discovered_at desc, id desc
)
insert into pipeline.source_file (bucket, key, version_id, etag, size, last_modified, discovered_at)
select o.bucket, o.key, o.version_id, o.etag, o.size, o.last_modified, :discovered_at
from unnest(
    cast(:buckets as text[]), cast(:keys as text[]), cast(:version_ids as text[]), cast(:etags as text[]),
    cast(:sizes as bigint[]), cast(:last_modifieds as timestamptz[])
) with ordinality as o (bucket, key, version_id, etag, size, last_modified, place)
where not exists (
    select 1
    from latest as f
    where
        f.bucket = o.bucket
        and f.key = o.key
        and f.etag = o.etag
        and f.size = o.size
        and f.last_modified = o.last_modified
        and f.version_id is not distinct from o.version_id
)
order by o.place
