delete from quality.file_warning where file_id = any(:file_ids) and kind = any(:kinds)
