delete from silver.quarantine where file_id = :file_id
