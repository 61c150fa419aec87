-- Update the planner's statistics of what is stored for each segment, before the commit.
analyze segments.segment_summary, segments.custom_member
