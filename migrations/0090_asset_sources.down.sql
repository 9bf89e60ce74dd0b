drop table asset_source;
