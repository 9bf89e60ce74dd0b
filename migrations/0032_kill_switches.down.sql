drop table kill_switch;
