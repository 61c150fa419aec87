-- Versions that made room become history of the old source.
update pipeline.source_file set source = :old where source = ''
