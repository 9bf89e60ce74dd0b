drop table ad, ad_group, spec_revision, campaign;
