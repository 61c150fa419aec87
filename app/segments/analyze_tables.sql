-- The planner learns of the run's rows with the commit. Left to autovacuum, a batch of ids costs 25 times as much for
-- the first minute after a training: every customer of the run is looked at once for each segment.
analyze segments.customer_segment, segments.segment_summary
