-- Record new versions in the order of the listing. discovered_at increases with each version of a key, even if the
-- clock was set back.
insert into pipeline.source_file (source, key, version_id, etag, size, last_modified, discovered_at)
select
    :source,
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
            where f.source = :source and f.key = o.key
        )
    )
from unnest(
    cast(:keys as text[]), cast(:version_ids as text[]), cast(:etags as text[]), cast(:sizes as bigint[]),
    cast(:last_modifieds as timestamptz[])
) with ordinality as o (key, version_id, etag, size, last_modified, position)
order by o.position
