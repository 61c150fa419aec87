-- Redact the id in error messages that quote a row or a header, in every table that stores messages.
with files as (
    update pipeline.source_file
    set error = regexp_replace(error, :whole_word, '[erased]', 'g')
    where strpos(error, :fragment) > 0 and error ~ :whole_word
    returning 1
),
steps as (
    update pipeline.run_step
    set message = regexp_replace(message, :whole_word, '[erased]', 'g')
    where message ~ '^(refused|rejected|failed) ' and strpos(message, :fragment) > 0 and message ~ :whole_word
    returning 1
),
runs as (
    update pipeline.job_run
    set error = regexp_replace(error, :whole_word, '[erased]', 'g')
    where strpos(error, :fragment) > 0 and error ~ :whole_word
    returning 1
),
events as (
    update webhooks.webhook_event
    set data = data || jsonb_strip_nulls(jsonb_build_object(
        'reason', regexp_replace(data ->> 'reason', :whole_word, '[erased]', 'g'),
        'error', regexp_replace(data ->> 'error', :whole_word, '[erased]', 'g')
    ))
    where
        type in ('quality.failed', 'quality.recovered', 'run.completed')
        and concat(data ->> 'reason', ' ', data ->> 'error') ~ :whole_word
    returning 1
),
answers as (
    update webhooks.webhook_delivery
    set
        response_body = regexp_replace(response_body, :whole_word, '[erased]', 'g'),
        error = regexp_replace(error, :whole_word, '[erased]', 'g')
    where concat(response_body, ' ', error) ~ :whole_word
    returning 1
),
warnings as (
    update quality.data_warning
    set examples = array_remove(examples, :customer_id)
    where :customer_id = any(examples)
    returning 1
)
select
    (select count(*) from files) + (select count(*) from steps) + (select count(*) from runs)
    + (select count(*) from events) + (select count(*) from answers) + (select count(*) from warnings)
