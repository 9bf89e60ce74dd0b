drop table lead_identity;
drop table lead_touch;
drop table lead;
drop table lead_key;
