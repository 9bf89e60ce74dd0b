drop table lead_merge_moved;
drop table lead_merge;
