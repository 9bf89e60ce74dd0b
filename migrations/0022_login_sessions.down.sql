drop table refresh_token, login_session;
