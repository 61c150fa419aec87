-- Files of the old source get the new name. A version whose content is active under the same key of the new source
-- becomes history.
update pipeline.source_file as f
set source = :new
where
    f.source = :old
    and not exists (
        select from pipeline.source_file as new
        where new.source = :new and new.key = f.key and new.sha256 = f.sha256
    )
