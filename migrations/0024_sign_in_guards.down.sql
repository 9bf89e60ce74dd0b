drop table login_failure, signing_key;
