-- A version that waits while a newer one of its key waits too is never read: its object is gone.
update pipeline.source_file as older
set state = 'superseded', error = 'overwritten before it was read'
where
    older.state = 'discovered'
    and exists (
        select 1 from pipeline.source_file as newer
        where
            newer.bucket = older.bucket
            and newer.key = older.key
            and newer.state = 'discovered'
            and newer.id > older.id
    )
