drop table deployment_step, deployment;
