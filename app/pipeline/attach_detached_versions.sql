-- Attach the detached versions to the old source, as superseded versions.
update pipeline.source_file set source = :old where source = ''
