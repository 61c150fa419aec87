-- Validates the bronze rows of one file: inserts valid rows into silver, the others into quarantine with all reasons.
-- lines: line numbers of a replay; null for all rows of the file.
-- A cheap test (translate) precedes each exact test; every cast is guarded by a test, so that none fails.
with file as (
    select source_file, ingestion_timestamp
    from bronze.retail_transactions
    where file_id = :file_id
    limit 1
),
date_texts as (
    select b.invoice_date
    from bronze.sales_row as b
    where b.file_id = :file_id and (cast(:lines as int[]) is null or b.line_no = any(cast(:lines as int[])))
    group by b.invoice_date
    -- Optimisation fence: the expressions below are computed once per distinct text, not once per row.
    offset 0
),
padded_dates as (
    select
        invoice_date,
        case
            when not :accepts_unpadded_dates then invoice_date
            when length(invoice_date) < 40
            then regexp_replace(btrim(invoice_date), '(^|[^0-9])([0-9])(?![0-9])', '\10\2', 'g')
        end as padded
    from date_texts
),
date_parts as (
    select
        t.invoice_date,
        substr(t.padded, :year_at, 4) as year,
        substr(t.padded, :month_at, 2) as month,
        substr(t.padded, :day_at, 2) as day
    from padded_dates as t
    where translate(t.padded, '0123456789', '0000000000') = :date_shape
        and coalesce(substr(t.padded, cast(:hour_at as int), 2) <= '23', true)
        and coalesce(substr(t.padded, cast(:minute_at as int), 2) <= '59', true)
        and coalesce(substr(t.padded, cast(:second_at as int), 2) <= '59', true)
),
dates as (
    select
        p.invoice_date,
        case
            when year = '0000' or month not between '01' and '12' then null
            when day between '01' and case
                when month in ('04', '06', '09', '11') then '30'
                when month <> '02' then '31'
                when mod(cast(year as int), 400) = 0 then '29'
                when mod(cast(year as int), 100) = 0 then '28'
                when mod(cast(year as int), 4) = 0 then '29'
                else '28'
            end
            then cast(concat(year, '-', month, '-', day) as date)
        end as invoice_day
    from date_parts as p
),
texts as (
    select
        b.*,
        case when :marks = '.,' then b.quantity else translate(b.quantity, :marks, '.,') end as quantity_text,
        case when :marks = '.,' then b.price else translate(b.price, :marks, '.,') end as price_text
    from bronze.sales_row as b
    where b.file_id = :file_id and (cast(:lines as int[]) is null or b.line_no = any(cast(:lines as int[])))
),
ids_and_numbers as (
    select
        t.*,
        case
            when customer_id ~ '^ *[0-9]+[.]0+ *$' then split_part(btrim(customer_id), '.', 1)
            else nullif(btrim(customer_id), '')
        end as customer,
        case
            when octet_length(quantity_text) between 1 and 9 and translate(quantity_text, '0123456789', '') = ''
            then cast(quantity_text as int)
            when length(quantity_text) <= 1000 and btrim(quantity_text) ~ '^[+-]?[0-9]+[.]?0*$'
            then case
                when abs(cast(btrim(quantity_text) as numeric)) <= 2147483647
                then cast(cast(btrim(quantity_text) as numeric) as int)
            end
        end as quantity_number,
        case
            when octet_length(price_text) between 1 and 8
                and translate(price_text, '0123456789', '') in ('', '.')
                and price_text <> '.'
            then cast(price_text as numeric(10, 2))
            when length(price_text) <= 1000 and btrim(price_text) ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'
            then case
                when cast(btrim(price_text) as numeric) >= 0
                    and round(cast(btrim(price_text) as numeric), 2) <= 99999999.99
                then cast(btrim(price_text) as numeric(10, 2))
            end
        end as price_number
    from texts as t
    -- Optimisation fence: without it the planner computes the expressions above again at each use.
    offset 0
),
judged as materialized (
    select
        n.*,
        d.invoice_day,
        jsonb_typeof(rescued_data) = 'string' as is_unsplit,
        coalesce(
            length(invoice) in (6, 7) and btrim(invoice) <> ''
            and btrim(stock_code) <> ''
            and quantity_number > 0
            and price_number >= 0
            and d.invoice_day is not null
            and (quantity_number <= 10000 or quantity_number * price_number < 1000000000000)
            and (customer is null or octet_length(customer) <= 256 or length(customer) <= 256),
            false
        ) as is_clean
    from ids_and_numbers as n
    left join dates as d on d.invoice_date = n.invoice_date
),
quarantined as (
    insert into silver.quarantine
        (file_id, line_no, source_file, invoice_date, raw, reasons, quarantined_at)
    select
        file_id,
        line_no,
        (select source_file from file),
        invoice_day,
        case
            when is_unsplit then rescued_data #>> '{}'
            when concat(invoice, stock_code, description, quantity, price, customer_id, country, invoice_date) !~ '[",\r\n]'
            then concat(
                invoice, ',', stock_code, ',', description, ',', quantity, ',', price, ',', customer_id, ',', country, ',',
                invoice_date
            )
            else (
                select
                    string_agg(
                        case when field ~ '[",\r\n]' then '"' || replace(field, '"', '""') || '"' else coalesce(field, '') end,
                        ',' order by place
                    )
                from unnest(
                    array[invoice, stock_code, description, quantity, price, customer_id, country, invoice_date]
                ) with ordinality as fields (field, place)
            )
        end,
        (
            select
                jsonb_agg(
                    jsonb_build_object('expectation', expectation, 'column', column_name, 'value', left(value, 1000))
                )
            from (
                values
                    ('parse', null, null, is_unsplit is not true),
                    ('valid_customer_id', 'customer_id', customer_id, coalesce(length(customer) <= 256, true)),
                    ('valid_invoice_date', 'invoice_date', invoice_date, is_unsplit or invoice_day is not null),
                    ('valid_invoice_no', 'invoice', invoice,
                        is_unsplit or length(invoice) in (6, 7) and btrim(invoice) <> ''),
                    ('valid_quantity', 'quantity', quantity, is_unsplit or quantity_number > 0),
                    ('valid_stock_code', 'stock_code', stock_code, is_unsplit or btrim(stock_code) <> ''),
                    ('valid_total_price', 'price', quantity || ' x ' || price,
                        coalesce(quantity_number * price_number < 1000000000000, true)),
                    ('valid_unit_price', 'price', price, is_unsplit or price_number >= 0)
            ) as checks (expectation, column_name, value, holds)
            where holds is not true
        ),
        (select ingestion_timestamp from file)
    from judged
    where not is_clean
    -- The row of a replay exists already.
    on conflict (file_id, line_no) do update set
        reasons = excluded.reasons,
        invoice_date = excluded.invoice_date,
        status = 'open'
),
cleaned as (
    insert into silver.sales_row
        (file_id, line_no, invoice_no, stock_code, description, quantity, unit_price, customer_id, country, invoice_date)
    select
        file_id,
        line_no,
        invoice,
        stock_code,
        description,
        quantity_number,
        price_number,
        customer,
        country,
        invoice_day
    from judged
    where is_clean
)
select
    count(*) filter (where is_clean) as loaded,
    count(*) filter (where not is_clean) as quarantined
from judged
