-- Types every bronze row of one file, keeps what meets the contract, quarantines the rest with all its reasons.
-- A cheap test comes first (translate), the exact one only for what it leaves; no cast runs unguarded.
with received as (
    select
        b.*,
        jsonb_typeof(b.rescued_data) = 'string' as is_unsplit,
        translate(b.quantity, :marks, '.,') as quantity_text,
        translate(b.price, :marks, '.,') as price_text,
        nullif(btrim(b.customer_id), '') as customer_text
    from bronze.retail_transactions as b
    where b.file_id = :file_id
),
ids as (
    select
        r.*,
        case
            when customer_text ~ '^[0-9]+[.]0+$' then split_part(customer_text, '.', 1)
            else customer_text
        end as customer
    from received as r
),
numbers as (
    select
        i.*,
        case
            when length(quantity_text) between 1 and 9 and translate(quantity_text, '0123456789', '') = ''
            then cast(quantity_text as int)
            when btrim(quantity_text) ~ '^[+-]?[0-9]{1,40}[.]?0{0,40}$'
            then case
                when abs(cast(btrim(quantity_text) as numeric)) <= 2147483647
                then cast(cast(btrim(quantity_text) as numeric) as int)
            end
        end as quantity_number,
        case
            when length(price_text) between 1 and 8
                and translate(price_text, '0123456789', '') in ('', '.')
                and price_text <> '.'
            then cast(price_text as numeric(10, 2))
            when btrim(price_text) ~ '^[+-]?([0-9]{1,40}[.]?[0-9]{0,40}|[.][0-9]{1,40})$'
            then case
                when cast(btrim(price_text) as numeric) >= 0
                    and round(cast(btrim(price_text) as numeric), 2) <= 99999999.99
                then cast(btrim(price_text) as numeric(10, 2))
            end
        end as price_number
    from ids as i
),
shaped as (
    select
        n.*,
        case
            when translate(invoice_date, '0123456789', '0000000000') = :date_shape then invoice_date
            when :date_pads and length(invoice_date) < 40
            then regexp_replace(btrim(invoice_date), '(^|[^0-9])([0-9])(?![0-9])', '\10\2', 'g')
        end as date_text
    from numbers as n
),
parts as (
    select
        s.*,
        case
            when translate(date_text, '0123456789', '0000000000') = :date_shape
            then concat(
                substr(date_text, :year_at, 4), '-', substr(date_text, :month_at, 2), '-', substr(date_text, :day_at, 2)
            )
        end as iso_date
    from shaped as s
),
dates as (
    select
        p.*,
        case
            when substr(iso_date, 1, 4) = '0000' or substr(iso_date, 6, 2) not between '01' and '12' then null
            when substr(iso_date, 9, 2) between '01' and '28' then cast(iso_date as date)
            when substr(iso_date, 9, 2) between '29' and case
                when substr(iso_date, 6, 2) in ('04', '06', '09', '11') then '30'
                when substr(iso_date, 6, 2) <> '02' then '31'
                when mod(cast(substr(iso_date, 1, 4) as int), 400) = 0 then '29'
                when mod(cast(substr(iso_date, 1, 4) as int), 100) = 0 then '28'
                when mod(cast(substr(iso_date, 1, 4) as int), 4) = 0 then '29'
                else '28'
            end
            then cast(iso_date as date)
        end as invoice_day
    from parts as p
    -- Without a fence the planner copies each expression above into every place that names it.
    offset 0
),
judged as materialized (
    select
        d.*,
        coalesce(
            length(invoice) between 6 and 7 and btrim(invoice) <> ''
            and btrim(stock_code) <> ''
            and quantity_number > 0
            and price_number >= 0
            and invoice_day is not null
            and cast(quantity_number as bigint) * price_number < 1000000000000
            and (customer is null or length(customer) <= 256),
            false
        ) as is_clean
    from dates as d
),
quarantined as (
    insert into silver.quarantine
        (file_id, line_no, source_file, invoice_date, raw, reasons, quarantined_at)
    select
        file_id,
        line_no,
        source_file,
        invoice_day,
        case
            when is_unsplit then rescued_data #>> '{}'
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
                    order by expectation
                )
            from (
                values
                    ('parse', null, null, is_unsplit is not true),
                    ('valid_invoice_no', 'invoice', invoice,
                        is_unsplit or length(invoice) between 6 and 7 and btrim(invoice) <> ''),
                    ('valid_stock_code', 'stock_code', stock_code, is_unsplit or btrim(stock_code) <> ''),
                    ('valid_quantity', 'quantity', quantity, is_unsplit or quantity_number > 0),
                    ('valid_unit_price', 'price', price, is_unsplit or price_number >= 0),
                    ('valid_invoice_date', 'invoice_date', invoice_date, is_unsplit or invoice_day is not null),
                    ('valid_total_price', 'price', quantity || ' x ' || price,
                        coalesce(cast(quantity_number as bigint) * price_number < 1000000000000, true)),
                    ('valid_customer_id', 'customer_id', customer_id, coalesce(length(customer) <= 256, true))
            ) as checks (expectation, column_name, value, holds)
            where holds is not true
        ),
        ingestion_timestamp
    from judged
    where not is_clean
),
cleaned as (
    insert into silver.retail_transactions
        (file_id, line_no, invoice_no, stock_code, description, quantity, unit_price, customer_id, country, invoice_date,
         is_cancellation, total_price, year, month, day_of_week, surrogate_key, source_file, ingestion_timestamp,
         processing_date)
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
        invoice_day,
        left(invoice, 1) in ('C', 'c'),
        quantity_number * price_number,
        extract(year from invoice_day),
        extract(month from invoice_day),
        extract(dow from invoice_day) + 1,
        invoice || '_' || stock_code || '_' || quantity_number,
        source_file,
        ingestion_timestamp,
        processing_date
    from judged
    where is_clean
)
select
    count(*) filter (where is_clean) as loaded,
    count(*) filter (where not is_clean) as quarantined
from judged
