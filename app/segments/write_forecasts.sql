-- Insert the forecasts of customers, or update those that differ. A wait is the number of days from :as_of to the next order, -1 without one.
insert into segments.customer_forecast as f (customer_id, expected_purchases, clv, p_buys, p_alive, next_order)
select customer_id, expected_purchases, clv, p_buys, p_alive, cast(:as_of as date) + nullif(wait, -1)
from unnest(
    cast(:customer_ids as text[]),
    cast(:expected_purchases as float8[]),
    cast(:clv as float8[]),
    cast(:p_buys as float8[]),
    cast(:p_alive as float8[]),
    cast(:waits as int[])
) as a (customer_id, expected_purchases, clv, p_buys, p_alive, wait)
on conflict (customer_id) do update set
    expected_purchases = excluded.expected_purchases,
    clv = excluded.clv,
    p_buys = excluded.p_buys,
    p_alive = excluded.p_alive,
    next_order = excluded.next_order
where
    (f.expected_purchases, f.clv, f.p_buys, f.p_alive, f.next_order) is distinct from (
        excluded.expected_purchases, excluded.clv, excluded.p_buys, excluded.p_alive, excluded.next_order
    )
