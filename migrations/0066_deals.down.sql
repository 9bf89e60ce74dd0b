drop table activity;
drop table deal_stage_change;
drop table deal;
