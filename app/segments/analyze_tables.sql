-- Update the planner's statistics of the run's rows before the commit. Otherwise a batch lookup takes 25 times as long until
-- autovacuum runs, because it reads every customer of the run once per segment.
analyze segments.customer_segment, segments.customer_forecast, segments.segment_summary, segments.custom_member
