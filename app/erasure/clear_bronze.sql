-- Clear the customer id and all extra columns in the customer's bronze rows, because extra columns may have personal data.
-- In other rows, clear extra columns equal to the id, and lines that could not be split and contain the id.
-- Rows whose id is only on the first row of their order are found by silver.
with received as (
    select
        r.file_id,
        r.line_no,
        rescued_data,
        jsonb_typeof(rescued_data) as kind,
        case when strpos(r.customer_id, :fragment) > 0 then coalesce({{ customer id }} = :customer_id, false) else false end
            as has_id,
        s.line_no is not null as is_sale
    from bronze.sales_row as r
    left join (
        select file_id, line_no
        from silver.sales_row
        where customer_id = :customer_id
    ) as s on s.file_id = r.file_id and s.line_no = r.line_no
    -- Optimisation fence: without it the planner computes the expressions above again at each use.
    offset 0
),
found as materialized (
    select file_id, line_no, rescued_data, kind, has_id, has_id or is_sale as is_of_customer
    from received
    where
        has_id
        or is_sale
        or (
            kind = 'string'
            and strpos(rescued_data #>> '{}', :fragment) > 0
            and rescued_data #>> '{}' ~ :whole_word
        )
        or (
            kind = 'object'
            and exists (
                select
                from jsonb_each_text(rescued_data)
                where {{ value }} = :customer_id
            )
        )
),
cleared as (
    update bronze.sales_row as b
    set
        customer_id = case when not f.has_id then b.customer_id end,
        rescued_data = case f.kind
            when 'string' then cast('"[erased]"' as jsonb)
            when 'object'
            then (
                select
                    jsonb_object_agg(
                        key,
                        case
                            when f.is_of_customer or {{ value }} = :customer_id then ''
                            else value
                        end
                    )
                from jsonb_each_text(f.rescued_data)
            )
        end
    from found as f
    where b.file_id = f.file_id and b.line_no = f.line_no
)
select file_id, count(*) as rows, count(*) filter (where has_id) as sales
from found
group by file_id
