-- Reserve a chunk of a key's requests of this minute; the caller is granted the part within the limit. A window that
-- begins more than a minute ahead was recorded by a wrong clock, and counts as expired.
with moment as (
    select date_trunc('minute', clock_timestamp()) as window_start
),
ahead as (
    select w.window_start - moment.window_start as ahead
    from access.rate_window as w
    cross join moment
    where w.key_id = :key_id and w.window_start > moment.window_start + interval '1 minute'
)
insert into access.rate_window as w (key_id, window_start, taken)
select :key_id, moment.window_start, :chunk
from moment
on conflict (key_id) do update set
    window_start = case
        when w.window_start > excluded.window_start + interval '1 minute' then excluded.window_start
        else greatest(w.window_start, excluded.window_start)
    end,
    taken = case
        when w.window_start between excluded.window_start and excluded.window_start + interval '1 minute'
        then least(w.taken, :limit)
        else 0
    end + :chunk
returning
    taken - :chunk as taken_before,
    extract(epoch from window_start + interval '1 minute' - clock_timestamp())::float8 as seconds,
    (select ahead from ahead) as ahead
