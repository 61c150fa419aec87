-- Delete a batch of results of quality checks and of alerts before a time; returns their number.
with results as (
    delete from quality.check_result
    where ctid = any(array(select ctid from quality.check_result where checked_at < :before limit :rows))
    returning 1
),
alerts as (
    delete from quality.alert
    where ctid = any(array(select ctid from quality.alert where created_at < :before limit :rows))
    returning 1
)
select (select count(*) from results) + (select count(*) from alerts)
