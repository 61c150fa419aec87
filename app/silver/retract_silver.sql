delete from silver.retail_transactions where file_id = :file_id
