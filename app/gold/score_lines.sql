-- Features of hypothetical transactions, and the lines that do not count, with reasons: typed and validated by the contract as
-- the rows of a file. Omitted columns are not validated.
with given as (
    select
        0 as file_id,
        line_no,
        invoice,
        invoice_date,
        cast(null as text) as customer_id,
        stock_code,
        description,
        quantity,
        price,
        line_total,
        country,
        currency,
        status,
        rescued_data
    from jsonb_to_recordset(cast(:transactions as jsonb)) as l (
        line_no int, invoice text, invoice_date text, stock_code text, description text, quantity text, price text,
        line_total text, country text, currency text, status text, rescued_data jsonb
    )
),
{{ validated }},
reasoned as (
    select
        line_no,
        invoice_no,
        invoice_date,
        total_price,
        {{ is return }} as is_return,
        array_remove(
            array[
                {{ reasons }}
            ],
            null
        ) as reasons
    from validated
    -- Optimisation fence: without it the reasons are computed again for each column below.
    offset 0
),
effects as (
    select
        r.line_no,
        r.invoice_no,
        r.invoice_date,
        r.total_price,
        e.reasons,
        case
            when e.reasons <> '{}' then 0
            when r.is_return then -1
            else 1
        end as effect
    from reasoned as r
    cross join lateral (
        select
            case
                when r.reasons <> '{}' then r.reasons
                when r.total_price is null then array['{{ no total }}']
                when r.is_return and {{ returns are excluded }} then array['return']
                else '{}'
            end
    ) as e (reasons)
)
select
    count(distinct invoice_no) filter (where effect = 1) as frequency,
    sum(case effect when 1 then total_price when -1 then -abs(total_price) end) as monetary,
    sum(abs(total_price)) filter (where effect = -1) as returned,
    min(invoice_date) filter (where effect = 1) as first_invoice_date,
    max(invoice_date) filter (where effect = 1) as last_invoice_date,
    jsonb_agg(jsonb_build_object('line', line_no, 'reasons', reasons) order by line_no) filter (where effect = 0)
        as uncounted
from effects
