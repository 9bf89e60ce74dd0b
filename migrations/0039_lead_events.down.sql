drop table lead_event;
