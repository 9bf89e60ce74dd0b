-- Workers ask which tenants have messages that are due before they know whose those are. They see when, and not to whom.
create policy due on outreach_campaign for select to placard_system using (true);
grant select (tenant_id, id, status, resumes_at) on outreach_campaign to placard_system;

create policy due on enrolment for select to placard_system using (true);
grant select (tenant_id, campaign_id, status, due_at, locked_until) on enrolment to placard_system;
