-- A customer's rows as received: the sale stays, the person goes. Extra columns of his may name him, so they keep their
-- names and no values; his id goes from the extra columns of others too, and with it a line that could not be split.
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
        ) as is_his
    from bronze.retail_transactions
    -- Without this fence the planner copies the expressions above into every place that names them.
    offset 0
),
found as materialized (
    select file_id, line_no, rescued_data, kind, is_his
    from received
    where
        is_his
        or (
            kind = 'string'
            and (strpos(rescued_data #>> '{}', :customer_id) > 0 or strpos(rescued_data #>> '{}', :quoted) > 0)
            and rescued_data #>> '{}' ~ :alone
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
emptied as (
    update bronze.retail_transactions as b
    set
        customer_id = case when not f.is_his then b.customer_id end,
        rescued_data = case f.kind
            when 'string' then cast('"[erased]"' as jsonb)
            when 'object'
            then (
                select
                    jsonb_object_agg(
                        key,
                        case
                            when f.is_his or btrim(value) = :customer_id or value ~ cast(:with_zeros as text) then ''
                            else value
                        end
                    )
                from jsonb_each_text(f.rescued_data)
            )
        end
    from found as f
    where b.file_id = f.file_id and b.line_no = f.line_no
)
select file_id, count(*) as rows, count(*) filter (where is_his) as sales
from found
group by file_id
