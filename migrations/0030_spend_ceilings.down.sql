drop table committed_budget;
drop table spend_ceiling;
