drop table model_call;
drop table copy_setting;
