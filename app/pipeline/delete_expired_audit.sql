-- Delete a batch of audit log entries written before a time; returns their number.
with deleted as (
    delete from access.audit_entry
    where entry_id in (
        select a.entry_id
        from access.audit_entry as a
        where a.at < :before
        order by a.at
        limit :rows
    )
    returning entry_id
)
select count(*) from deleted
