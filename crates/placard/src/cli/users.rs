//! `placard users`: who belongs to the tenant, and who is invited.

use super::{ExitCode, confirm::confirm, failure::WrongInput, paint::Paint, setup::fresh_password, words};
use crate::{
    api::Email,
    people::{self, Guest},
    session::Session,
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use clap::Subcommand;
use placard_domain::suggest::closest;
use placard_store::{
    TenantTx,
    audit::{self, Origin},
    invitation, password,
    session::{self, RevokedReason},
    tenant::{self, Membership, Role, Tenant},
    user,
};
use secrecy::ExposeSecret;
use serde_json::json;

/// `placard users`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List members and open invitations.
    List,
    /// Invite someone; `placard outbox` shows the code where no mail is sent.
    Invite {
        /// The address.
        email: Email,
        /// What the person may do.
        #[arg(long, value_parser = words::one_of(Role::ALL, Role::as_str))]
        role: Role,
    },
    /// Take someone out of the tenant, with the API keys that the person made.
    Remove {
        /// The address.
        email: String,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// Let a member be something else.
    Role {
        /// The address.
        email: String,
        /// What the person may do.
        #[arg(value_parser = words::one_of(Role::ALL, Role::as_str))]
        role: Role,
    },
    /// Give someone another password and print it once. Every login of the person ends.
    ResetPassword {
        /// The address.
        email: String,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard users").await?;
    let outcome = act(&session, settings.json, args.command).await;
    session.close().await?;
    outcome
}

async fn act(session: &Session, as_json: bool, command: Command) -> Result<ExitCode> {
    let tenant = session.tenant().await?;
    match command {
        Command::List => list(session, &tenant, as_json).await,
        Command::Invite { email, role } => invite(session, &tenant, as_json, &email, role).await,
        Command::Remove { email, yes } => remove(session, &tenant, as_json, &email, yes).await,
        Command::Role { email, role } => change_role(session, &tenant, as_json, &email, role).await,
        Command::ResetPassword { email } => reset_password(session, &tenant, as_json, &email).await,
    }
}

/// The member with this address, or an error with the one that was probably meant.
pub(super) async fn member(tx: &mut TenantTx, email: &str) -> Result<Membership> {
    let mut all = tenant::members(tx).await?;
    if let Some(index) = all.iter().position(|one| one.email.eq_ignore_ascii_case(email.trim())) {
        return Ok(all.swap_remove(index));
    }
    let help = match closest(email, all.iter().map(|one| one.email.as_str())) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`placard users list` shows who is here".to_owned(),
    };
    Err(WrongInput(format!("nobody here has the address `{email}`; {help}")).into())
}

async fn list(session: &Session, tenant: &Tenant, as_json: bool) -> Result<ExitCode> {
    let (now, paint) = (Utc::now(), Paint::for_stdout());
    let mut tx = session.db().tenant(tenant.id).await?;
    let members = tenant::members(&mut tx).await?;
    let mut invited = invitation::list(&mut tx).await?;
    tx.commit().await?;
    invited.retain(|one| one.is_open(now));
    for one in members {
        let (email, role) = (&one.email, one.role.as_str());
        if as_json {
            let beyond = &one.permissions;
            println!(
                "{}",
                json!({"state": "member", "user_id": one.user, "email": email, "role": role, "beyond": beyond})
            );
        } else {
            println!("{email:<36} {role:<9} {}", paint.dim(one.permissions.join(", ")));
        }
    }
    for one in invited {
        let (email, role) = (&one.email, one.role.as_str());
        if as_json {
            let (id, until) = (one.id, one.expires_at);
            println!(
                "{}",
                json!({"state": "invited", "invitation_id": id, "email": email, "role": role, "expires_at": until})
            );
        } else {
            let until = one.expires_at.format("invited until %Y-%m-%d %H:%M UTC");
            println!("{email:<36} {role:<9} {}", paint.yellow(until));
        }
    }
    Ok(ExitCode::Done)
}

async fn invite(
    session: &Session,
    tenant: &Tenant,
    as_json: bool,
    email: &Email,
    role: Role,
) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let members = tenant::members(&mut tx).await?;
    tx.commit().await?;
    if members.iter().any(|one| one.email.eq_ignore_ascii_case(email.as_str())) {
        let (email, role) = (email.as_str(), role.as_str());
        let words =
            format!("{email} is a member already; `placard users role {email} {role}` changes the role");
        return Err(WrongInput(words).into());
    }
    let guest = Guest { email: email.as_str(), role };
    let (actor, origin) = (session.actor(), Origin::default());
    let id = people::invite(session, tenant.id, &actor, origin, &guest, Utc::now()).await?;
    if as_json {
        println!("{}", json!({"invitation_id": id, "email": email.as_str(), "role": role.as_str()}));
    } else {
        let paint = Paint::for_stdout();
        println!("{} {} is invited for a week.", paint.green("✓"), email.as_str());
        println!("    the message with the code: {}", paint.cyan("placard outbox"));
    }
    Ok(ExitCode::Done)
}

async fn remove(
    session: &Session,
    tenant: &Tenant,
    as_json: bool,
    email: &str,
    yes: bool,
) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let member = member(&mut tx, email).await?;
    tx.commit().await?;
    let question = format!("Take {} out of {}, and every API key of theirs?", member.email, tenant.name);
    if !confirm(&question, yes || as_json)? {
        println!("Nothing was done.");
        return Ok(ExitCode::Undecided);
    }
    let mut tx = session.db().tenant(tenant.id).await?;
    tenant::remove_member(&mut tx, &session.actor(), member.user, Utc::now()).await?;
    tx.commit().await?;
    if as_json {
        println!("{}", json!({"removed": member.email}));
    } else {
        println!("{} {} does not belong to {} any longer.", tick(), member.email, tenant.name);
    }
    Ok(ExitCode::Done)
}

async fn change_role(
    session: &Session,
    tenant: &Tenant,
    as_json: bool,
    email: &str,
    role: Role,
) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let member = member(&mut tx, email).await?;
    tenant::set_role(&mut tx, &session.actor(), member.user, role, &member.permissions).await?;
    tx.commit().await?;
    if as_json {
        println!("{}", json!({"email": member.email, "role": role.as_str()}));
    } else {
        println!("{} {} is {} now.", tick(), member.email, role.as_str());
    }
    Ok(ExitCode::Done)
}

async fn reset_password(session: &Session, tenant: &Tenant, as_json: bool, email: &str) -> Result<ExitCode> {
    let mut tx = session.db().tenant(tenant.id).await?;
    let member = member(&mut tx, email).await?;
    tx.commit().await?;
    let password = fresh_password();
    let hash = password::hash(password.clone()).await?;
    let mut tx = session.db().system().await?;
    user::set_password_hash(&mut tx, member.user, &hash).await?;
    let ended =
        session::revoke_all(&mut tx, member.user, None, RevokedReason::PasswordChanged, Utc::now()).await?;
    let entry = audit::Entry {
        action: audit::Action::Update,
        entity_type: "users",
        entity_id: member.user.to_string(),
        old: None,
        new: Some(json!({"password": "reset", "ended_logins": ended})),
    };
    audit::append_from_system(&mut tx, tenant.id, &session.actor(), &entry).await?;
    tx.commit().await?;
    if as_json {
        println!("{}", json!({"email": member.email, "password": password.expose_secret()}));
    } else {
        println!("{} {} signs in with this from now on. It is shown once:", tick(), member.email);
        println!("    password  {}", Paint::for_stdout().bold(password.expose_secret()));
    }
    Ok(ExitCode::Done)
}

fn tick() -> String {
    Paint::for_stdout().green("✓")
}
