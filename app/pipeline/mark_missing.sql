-- Mark files with an object that is no longer listed, and unmark those that are listed again. Rows of a loaded file
-- are not deleted; duplicates, rejected and failed files become superseded. Files in unlisted folders do not change.
update pipeline.source_file as f
set
    state = case
        when f.state in ('duplicate', 'rejected', 'failed') then 'superseded'
        when f.state <> 'source_missing' then 'source_missing'
        when f.rows_read > 0 then 'loaded'
        else 'empty'
    end,
    -- The members of an archive that was missing are listed again.
    reading_sha256 = case when f.not_read is null then f.reading_sha256 end
from pipeline.source_file as recorded
left join unnest(cast(:keys as text[])) as listed (key) on listed.key = recorded.key
where
    f.id = recorded.id
    -- Another transaction may have superseded the file while this one waited for its row.
    and f.state = recorded.state
    and recorded.source = :source
    and recorded.state in ('loaded', 'empty', 'duplicate', 'rejected', 'failed', 'source_missing')
    and (recorded.state = 'source_missing') = (listed.key is not null)
    and not exists (
        select from unnest(cast(:unlisted as text[])) as unlisted (prefix) where starts_with(recorded.key, unlisted.prefix)
    )
