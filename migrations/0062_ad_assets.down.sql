drop table ad_asset;
