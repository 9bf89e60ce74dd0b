drop table conversion;
drop table conversion_goal;
