delete from quality.file_profile where file_id = any(:file_ids) and layer = any(:layers)
