drop table webhook_tally, webhook_notice;
drop index ad_account_remote_id_idx;
revoke select (tenant_id, id, platform, remote_id) on ad_account from placard_system;
drop policy delivery on ad_account;
drop index connection_page_idx;
revoke select (tenant_id, id, ad_account_id, platform, endpoint, page_id) on connection from placard_system;
drop policy delivery on connection;
drop table webhook_subscription;
