left join (
        -- The first value of each group of rows, for columns that are only on a group's first row.
        select
            {{ by }} as group_key,
            {{ firsts }}
        from bronze.sales_row as b
        where b.file_id = :file_id
        group by {{ by }}
    ) as f on f.group_key = {{ by }}
