-- The roles stay: they belong to the cluster, and another database may use them.
revoke usage on schema public from placard_app, placard_system;
