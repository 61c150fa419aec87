-- Mark a discovered version superseded if a newer version of its key is discovered: its object was overwritten.
update pipeline.source_file as older
set state = 'superseded', error = 'overwritten before it was read'
where
    older.state = 'discovered'
    and exists (
        select 1 from pipeline.source_file as newer
        where
            newer.source = older.source
            and newer.key = older.key
            and newer.state = 'discovered'
            and newer.id > older.id
    )
