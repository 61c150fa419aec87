-- Add rows that do not meet a rule of severity warning to the file's earlier ones.
insert into quality.file_warning (file_id, kind, rule, rows, money, example)
values (:file_id, 'rule', :rule, :rows, :money, concat('line ', cast(:line as int)))
on conflict (file_id, kind, rule) do update set
    rows = file_warning.rows + excluded.rows,
    money = file_warning.money + excluded.money
