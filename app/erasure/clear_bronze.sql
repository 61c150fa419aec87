-- Clear the customer id and all extra columns in the customer's bronze rows, because extra columns may have personal data.
-- In other rows, clear extra columns equal to the id, and lines that could not be split and contain the id.
with received as (
    select
        file_id,
        line_no,
        rescued_data,
        jsonb_typeof(rescued_data) as kind,
        coalesce(
            btrim(customer_id) = :customer_id
            or (strpos(customer_id, :customer_id) > 0 and customer_id ~ cast(:with_zeros as text)),
            false
        ) as is_theirs
    from bronze.sales_row
    -- Optimisation fence: without it the planner computes the expressions above again at each use.
    offset 0
),
found as materialized (
    select file_id, line_no, rescued_data, kind, is_theirs
    from received
    where
        is_theirs
        or (
            kind = 'string'
            and (strpos(rescued_data #>> '{}', :customer_id) > 0 or strpos(rescued_data #>> '{}', :quoted) > 0)
            and rescued_data #>> '{}' ~ :whole_word
        )
        or (
            kind = 'object'
            and exists (
                select
                from jsonb_each_text(rescued_data)
                where btrim(value) = :customer_id or value ~ cast(:with_zeros as text)
            )
        )
),
cleared as (
    update bronze.sales_row as b
    set
        customer_id = case when not f.is_theirs then b.customer_id end,
        rescued_data = case f.kind
            when 'string' then cast('"[erased]"' as jsonb)
            when 'object'
            then (
                select
                    jsonb_object_agg(
                        key,
                        case
                            when f.is_theirs or btrim(value) = :customer_id or value ~ cast(:with_zeros as text) then ''
                            else value
                        end
                    )
                from jsonb_each_text(f.rescued_data)
            )
        end
    from found as f
    where b.file_id = f.file_id and b.line_no = f.line_no
)
select file_id, count(*) as rows, count(*) filter (where is_theirs) as sales
from found
group by file_id
