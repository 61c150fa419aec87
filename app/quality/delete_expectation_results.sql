delete from quality.expectation_results where file_id = any(:file_ids)
