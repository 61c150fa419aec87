-- Versions that were set aside become history of the old source.
update pipeline.source_file set source = :old where source = ''
