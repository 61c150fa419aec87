-- Delete the sales of these files that count towards no customer.
delete from gold.uncounted_sales
where file_id = any(:file_ids)
