delete from silver.sales_row where file_id = :file_id
