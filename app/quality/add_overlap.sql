insert into quality.file_warning (file_id, kind, rows, money, example)
values (:file_id, 'overlap', :rows, :money, (select key from pipeline.source_file where id = :other_id))
