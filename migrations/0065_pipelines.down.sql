drop table pipeline_stage;
drop table pipeline;
