keys_of_{{ column }} as (select {{ key }} from texts group by {{ key }} offset 0),
days_of_{{ column }} as (
{{ days }}
)
