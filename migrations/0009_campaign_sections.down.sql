drop table campaign_section;
