drop function campaign_for(uuid, text);
