-- Remembers versions that were listed and are not yet known, in the order of the listing. What was seen later is later,
-- even if the clock was set back meanwhile.
insert into pipeline.source_file (bucket, key, version_id, etag, size, last_modified, discovered_at)
select
    :bucket,
    o.key,
    o.version_id,
    o.etag,
    o.size,
    o.last_modified,
    greatest(
        :discovered_at,
        (
            select max(f.discovered_at) + interval '1 microsecond'
            from pipeline.source_file as f
            where f.bucket = :bucket and f.key = o.key
        )
    )
from unnest(
    cast(:keys as text[]), cast(:version_ids as text[]), cast(:etags as text[]), cast(:sizes as bigint[]),
    cast(:last_modifieds as timestamptz[])
) with ordinality as o (key, version_id, etag, size, last_modified, place)
order by o.place
