-- Insert the forecasts of customers, or update those that differ. A wait is the number of days from :as_of to the next order, -1 without one.
-- The caller holds the lock of gold: nobody else inserts. "on conflict" takes a third longer. Customers are by id, :first_id to
-- :last_id: their rows are read from the index, and not all rows of the table.
merge into segments.customer_forecast as f
using (
    select customer_id, expected_purchases, clv, p_buys, p_alive, cast(:as_of as date) + nullif(wait, -1) as next_order
    from unnest(
        cast(:customer_ids as text[]),
        cast(:expected_purchases as float8[]),
        cast(:clv as numeric[]),
        cast(:p_buys as float8[]),
        cast(:p_alive as float8[]),
        cast(:waits as int[])
    ) as a (customer_id, expected_purchases, clv, p_buys, p_alive, wait)
) as a
    on a.customer_id = f.customer_id and f.customer_id between :first_id and :last_id
when matched and (f.expected_purchases, f.clv, f.p_buys, f.p_alive, f.next_order) is distinct from (
    a.expected_purchases, a.clv, a.p_buys, a.p_alive, a.next_order
) then update set
    expected_purchases = a.expected_purchases,
    clv = a.clv,
    p_buys = a.p_buys,
    p_alive = a.p_alive,
    next_order = a.next_order
when not matched then insert (customer_id, expected_purchases, clv, p_buys, p_alive, next_order)
values (a.customer_id, a.expected_purchases, a.clv, a.p_buys, a.p_alive, a.next_order)
