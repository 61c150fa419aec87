texts_of_{{ column }} as (select {{ text }} from texts group by {{ text }} offset 0),
keyed_{{ column }} as materialized (
    select {{ text }}, {{ key }} as date_key from texts_of_{{ column }} offset 0
),
keys_of_{{ column }} as (select date_key from keyed_{{ column }} group by date_key offset 0),
days_of_keys_of_{{ column }} as (
{{ days }}
),
days_of_{{ column }} as (
    select k.{{ text }}, {{ day }} as day
    from keyed_{{ column }} as k
    left join days_of_keys_of_{{ column }} as d on d.date_key = k.date_key
    offset 0
)
