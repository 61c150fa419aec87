-- Give the files of the old source the new name, except versions with a content that the new source has under the
-- same key.
update pipeline.source_file as f
set source = :new
where
    f.source = :old
    and not exists (
        select from pipeline.source_file as new
        where new.source = :new and new.key = f.key and new.sha256 = f.sha256
    )
