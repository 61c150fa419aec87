-- Take a chunk of this minute's requests of a key. What was granted is what the limit has left of it.
insert into access.rate_window as w (key_id, window_start, taken)
values (:key_id, date_trunc('minute', clock_timestamp()), :chunk)
on conflict (key_id) do update set
    window_start = greatest(w.window_start, excluded.window_start),
    taken = case when w.window_start >= excluded.window_start then least(w.taken, :limit) else 0 end + :chunk
returning
    taken - :chunk as taken_before,
    extract(epoch from window_start + interval '1 minute' - clock_timestamp())::float8 as seconds
