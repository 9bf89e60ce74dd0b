drop table outreach_sent;
drop table outreach_delivery;
