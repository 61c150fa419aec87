-- Per source and expectation: rows in quarantine, their money, the first lines of up to three values, and more values.
-- A total that cannot be computed from values that fail themselves is not a separate failure.
with reasons as (
    select
        f.source,
        q.file_id,
        q.line_no,
        q.total_price,
        reason ->> 'expectation' as expectation,
        case when reason ->> 'expectation' = 'parse' then left(q.raw, 200) else reason ->> 'value' end as value
    from silver.quarantine as q
    inner join pipeline.source_file as f on f.id = q.file_id
    cross join lateral jsonb_array_elements(q.reasons) as reason
    where
        q.file_id = any(:file_ids)
        and not (
            reason ->> 'expectation' = 'valid_total_price'
            and exists (
                select
                from jsonb_array_elements(q.reasons) as other
                where other ->> 'expectation' in ('valid_quantity', 'valid_unit_price', 'valid_line_total')
            )
        )
),
distinct_values as (
    select
        source,
        expectation,
        value,
        min(array[file_id, line_no]) as place,
        count(*) as rows,
        sum(total_price) as money
    from reasons
    group by source, expectation, value
),
ranked as (
    select v.*, row_number() over (partition by source, expectation order by place) as position
    from distinct_values as v
)
select
    r.source,
    r.expectation,
    cast(sum(r.rows) as bigint) as rows,
    coalesce(sum(r.money), 0) as money,
    jsonb_agg(jsonb_build_object('key', f.key, 'line', r.place[2], 'value', r.value) order by r.position)
        filter (where r.position <= 3) as examples,
    array_agg(r.value order by r.position) filter (where r.position <= 100) as some_values
from ranked as r
left join pipeline.source_file as f on f.id = r.place[1] and r.position <= 3
group by r.source, r.expectation
order by sum(r.rows) desc, r.source collate "C", r.expectation collate "C"
