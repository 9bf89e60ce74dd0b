drop table consent;
drop table suppression;
drop table enrolment;
drop table outreach_campaign;
drop table outreach_setting;
