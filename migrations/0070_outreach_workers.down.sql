revoke select (tenant_id, campaign_id, status, due_at, locked_until) on enrolment from placard_system;
drop policy due on enrolment;

revoke select (tenant_id, id, status, resumes_at) on outreach_campaign from placard_system;
drop policy due on outreach_campaign;
