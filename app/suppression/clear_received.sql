-- Clear the data of suppressed customers from a file that is being loaded, as an erasure clears bronze.
with found as materialized (
    select
        file_id,
        line_no,
        rescued_data,
        jsonb_typeof(rescued_data) as kind,
        coalesce(customer_id = any(cast(:customer_ids as text[])), false) as is_suppressed
    from bronze.sales_row
    where
        file_id = :file_id
        and (
            customer_id = any(cast(:customer_ids as text[]))
            or line_no = any(cast(:lines as int[]))
            or (
                jsonb_typeof(rescued_data) = 'object'
                and exists (
                    select
                    from jsonb_each_text(rescued_data)
                    where value = any(cast(:extras as text[]))
                )
            )
        )
)
update bronze.sales_row as b
set
    customer_id = case when not f.is_suppressed then b.customer_id end,
    rescued_data = case f.kind
        when 'string' then cast('"[erased]"' as jsonb)
        when 'object'
        then (
            select
                jsonb_object_agg(
                    key, case when f.is_suppressed or value = any(cast(:extras as text[])) then '' else value end
                )
            from jsonb_each_text(f.rescued_data)
        )
    end
from found as f
where b.file_id = f.file_id and b.line_no = f.line_no
