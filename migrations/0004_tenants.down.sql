drop table users, membership, tenant cascade;
