-- Quarantine the rows that fail, with all their reasons, and insert the others into silver; skipped rows are only counted.
with file as (
    select ingestion_timestamp
    from bronze.retail_transactions
    where file_id = :file_id
    limit 1
),
{{ validated }},
quarantined as (
    insert into silver.quarantine
        (file_id, line_no, invoice_date, raw, reasons, quarantined_at, total_price)
    select
        j.file_id,
        j.line_no,
        j.invoice_date,
        case
            when is_unsplit then (
                select b.rescued_data #>> '{}' from bronze.sales_row as b where b.file_id = j.file_id and b.line_no = j.line_no
            )
            when array_to_string(array[{{ raw names }}], '') !~ '[",\r\n]'
            then array_to_string(array[{{ raw names }}], ',', '')
            else (
                select
                    string_agg(
                        case when field ~ '[",\r\n]' then '"' || replace(field, '"', '""') || '"' else coalesce(field, '') end,
                        ',' order by place
                    )
                from unnest(array[{{ raw names }}]) with ordinality as fields (field, place)
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
                    {{ reasons }}
            ) as checks (expectation, column_name, value, holds)
            where holds is not true
        ),
        (select ingestion_timestamp from file),
        total_price
    from validated as j
    where not is_clean and not is_skipped
    -- A row that is replayed is here already.
    on conflict (file_id, line_no) do update set
        raw = excluded.raw,
        reasons = excluded.reasons,
        invoice_date = excluded.invoice_date,
        total_price = excluded.total_price,
        status = 'open'
),
cleaned as (
    insert into silver.sales_row
        (file_id, line_no, invoice_no, stock_code, description, quantity, unit_price, customer_id, country, invoice_date,
         total_price, is_cancellation, effect, currency, status, attributes)
    select
        file_id,
        line_no,
        invoice_no,
        {{ silver columns }},
        customer_id,
        {{ country }},
        invoice_date,
        total_price,
        is_cancellation,
        {{ effect }},
        {{ more columns }},
        {{ attributes }}
    from validated
    where is_clean and not is_skipped
)
select
    count(*) filter (where is_clean and not is_skipped) as loaded,
    count(*) filter (where not is_clean and not is_skipped) as quarantined,
    count(*) filter (where is_skipped) as skipped,
    {{ warnings }} as warnings,
    {{ critical }} as critical
from validated
