-- Clear the extra columns of sales without a customer that have an identifier which only this customer has: orders placed as
-- a guest. Call it before the identifiers are deleted.
with theirs as materialized (
    select distinct i.name, i.value
    from gold.customer_identifier as i
    where
        i.customer_id = :customer_id
        and not exists (
            select
            from gold.customer_identifier as o
            where o.name = i.name and o.value = i.value and o.customer_id <> :customer_id
        )
),
found as materialized (
    select distinct s.file_id, s.line_no
    from theirs as t
    inner join silver.sales_row as s on s.attributes ->> t.name = t.value
    where s.customer_id is null
),
cleared as (
    update silver.sales_row as s
    set attributes = null
    from found as f
    where s.file_id = f.file_id and s.line_no = f.line_no
),
received as (
    update bronze.sales_row as b
    set rescued_data = (select jsonb_object_agg(key, '') from jsonb_each_text(b.rescued_data))
    from found as f
    where b.file_id = f.file_id and b.line_no = f.line_no and jsonb_typeof(b.rescued_data) = 'object'
    returning 1
)
select (select count(*) from received) as bronze, (select count(*) from found) as silver
