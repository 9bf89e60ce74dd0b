drop table connection, ad_account;
