with currencies as (
    delete from quality.file_currency where file_id = any(:file_ids)
)
delete from quality.file_money where file_id = any(:file_ids)
