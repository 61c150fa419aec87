delete from quality.file_dates where file_id = any(:file_ids) and layer = any(:layers)
