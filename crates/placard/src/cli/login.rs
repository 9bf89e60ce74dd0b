//! `placard login`, `logout` and `profiles`: working through a server.

use super::{ExitCode, ask, failure::WrongInput, paint::Paint};
use crate::{
    remote::{
        self, Address, Client, Credentials, Door, HERE, Interrupts, Profile, ProfileError, Profiles,
        SignedIn, TenantRef,
    },
    settings::Settings,
};
use anyhow::{Context, Result};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// `placard login`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The server's address: https://ads.example.com
    #[arg(value_name = "URL")]
    server: String,
    /// Who signs in; asked for if left out.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "api_key_stdin")]
    email: Option<String>,
    /// Read the password from the first line of standard input, and the code of a second factor from the next.
    #[arg(long, requires = "email")]
    password_stdin: bool,
    /// Sign in as a program: read an API key from standard input.
    #[arg(long, conflicts_with = "password_stdin")]
    api_key_stdin: bool,
    /// Let the password travel unencrypted, where nobody else is on the way.
    #[arg(long)]
    insecure_http: bool,
}

/// `placard profiles`
#[derive(clap::Args, Debug)]
pub(super) struct ProfilesArgs {
    #[command(subcommand)]
    command: Option<ProfilesCommand>,
}

#[derive(clap::Subcommand, Debug)]
enum ProfilesCommand {
    /// List the profiles, which is what happens without a word as well.
    List,
    /// Work through the server of this profile from now on; `local` means this machine.
    Use {
        /// Its name.
        name: String,
    },
    /// Sign out of this profile's server, and forget it.
    Remove {
        /// Its name.
        name: String,
    },
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let server = Address::parse(&args.server, args.insecure_http)?;
    let profiles = Profiles::of_user()?;
    let name = settings.profile.clone().unwrap_or_else(|| server.name());
    stands_free(&profiles, &name, &server)?;
    Interrupts::listen(ask::restore).context("signals cannot be handled")?;
    let door = Door::at(server.clone())?;
    door.knock().await?;
    let profile = if args.api_key_stdin {
        let key = ask::piped("the API key")?;
        let key = key.ok_or_else(|| WrongInput("there is no API key on standard input".into()))?;
        door.with_key(key.expose_secret().trim().into(), name).await?
    } else {
        let signed_in = sign_in(&door, &args).await?;
        let tenant = match choose(&signed_in.tenants, settings.tenant.as_deref()) {
            Ok(tenant) => tenant,
            Err(error) => {
                door.leave(signed_in).await?;
                return Err(error);
            }
        };
        door.enter(signed_in, tenant, name).await?
    };
    profiles.keep(&profile)?;
    profiles.choose(&profile.name)?;
    said_signed_in(settings, &profile);
    Ok(ExitCode::Done)
}

/// Refuses a name that stands for another server, whose login would be lost.
fn stands_free(profiles: &Profiles, name: &str, server: &Address) -> Result<()> {
    match profiles.get(name) {
        Err(ProfileError::Unknown { .. } | ProfileError::Corrupt { .. }) => Ok(()),
        Ok(there) if there.server == *server => Ok(()),
        Ok(there) => {
            let words = format!("the profile `{name}` is for {}; name another with --profile", there.server);
            Err(WrongInput(words).into())
        }
        Err(other) => Err(other.into()),
    }
}

async fn sign_in(door: &Door, args: &Args) -> Result<SignedIn> {
    let email = match &args.email {
        Some(email) => email.clone(),
        None => ask::open("E-mail", "name yourself with --email").await?,
    };
    let password = if args.password_stdin {
        let given = ask::piped("the password")?;
        given.ok_or_else(|| WrongInput("there is no password on standard input".into()))?
    } else {
        ask::hidden("Password", "give the password with --password-stdin").await?
    };
    let mut credentials = Credentials { email, password, code: None };
    if let Some(signed_in) = door.sign_in(&credentials).await? {
        return Ok(signed_in);
    }
    credentials.code = Some(code(args.password_stdin).await?);
    let signed_in = door.sign_in(&credentials).await?;
    signed_in.context("the server asks for the second factor again")
}

async fn code(piped: bool) -> Result<SecretString> {
    let otherwise = "give the code of the second factor on the second line of standard input";
    if piped {
        return ask::piped("the code")?
            .ok_or_else(|| WrongInput(format!("a second factor is wanted; {otherwise}")).into());
    }
    ask::hidden("Code of the second factor", otherwise).await
}

/// The tenant to open: the one named, or the only one.
fn choose(tenants: &[TenantRef], wanted: Option<&str>) -> Result<TenantRef> {
    let slugs: Vec<_> = tenants.iter().map(|tenant| tenant.slug.as_str()).collect();
    let words = match (wanted, tenants) {
        (_, []) => "you belong to no tenant there; ask for an invitation".to_owned(),
        (None, [only]) => return Ok(only.clone()),
        (None, _) => {
            format!("you belong to more than one tenant; name one with --tenant: {}", slugs.join(", "))
        }
        (Some(wanted), all) => match all.iter().find(|tenant| tenant.slug == wanted) {
            Some(found) => return Ok(found.clone()),
            None => format!("the tenant `{wanted}` is none of yours; there is {}", slugs.join(", ")),
        },
    };
    Err(WrongInput(words).into())
}

fn said_signed_in(settings: &Settings, profile: &Profile) {
    if settings.json {
        println!("{}", document(profile, true));
        return;
    }
    let paint = Paint::for_stdout();
    let tenant = profile.tenant.as_ref().map(|tenant| format!(", for {}", tenant.name)).unwrap_or_default();
    println!("{} Signed in to {} as {}{tenant}", paint.green("✓"), profile.server, paint.bold(&profile.who));
    let back = paint.cyan(format!("placard profiles use {HERE}"));
    println!(
        "  Commands go there from now on, as the profile {}; {back} ends that",
        paint.bold(&profile.name)
    );
    if settings.database_url.is_some() || settings.data_dir.is_some() {
        let named = paint.cyan(format!("--profile {}", profile.name));
        println!(
            "  {} A database or data directory is named, which goes before; add {named}",
            paint.yellow("!")
        );
    }
}

fn document(profile: &Profile, chosen: bool) -> serde_json::Value {
    let Profile { name, server, who, tenant, .. } = profile;
    json!({
        "profile": name, "server": server, "who": who, "chosen": chosen,
        "tenant": tenant.as_ref().map(|tenant| &tenant.slug),
    })
}

pub(super) async fn log_out(settings: &Settings) -> Result<ExitCode> {
    let Some((profiles, profile)) = remote::in_use(settings)? else {
        let words = "no profile is in use; `placard profiles` lists them, and --profile names one";
        return Err(WrongInput(words.into()).into());
    };
    remove(settings, profiles, profile).await
}

pub(super) async fn profiles(settings: &Settings, args: ProfilesArgs) -> Result<ExitCode> {
    let profiles = Profiles::of_user()?;
    match args.command {
        None | Some(ProfilesCommand::List) => list(settings, &profiles)?,
        Some(ProfilesCommand::Use { name }) => {
            profiles.choose(&name)?;
            if settings.json {
                println!("{}", json!({ "chosen": name }));
            } else if name == HERE {
                println!("{} Commands work on this machine from now on.", Paint::for_stdout().green("✓"));
            } else {
                let server = profiles.get(&name)?.server;
                println!("{} Commands go to {server} from now on.", Paint::for_stdout().green("✓"));
            }
        }
        Some(ProfilesCommand::Remove { name }) => {
            let profile = profiles.get(&name)?;
            return remove(settings, profiles, profile).await;
        }
    }
    Ok(ExitCode::Done)
}

fn list(settings: &Settings, profiles: &Profiles) -> Result<()> {
    let (names, chosen, paint) = (profiles.names()?, profiles.chosen()?, Paint::for_stdout());
    if names.is_empty() && !settings.json {
        println!("There is no profile; {} makes one", paint.cyan("placard login URL"));
    }
    for name in names {
        let profile = profiles.get(&name)?;
        let chosen = chosen.as_ref() == Some(&name);
        if settings.json {
            println!("{}", document(&profile, chosen));
            continue;
        }
        let sign = if chosen { paint.green("✓") } else { " ".to_owned() };
        let tenant = profile.tenant.map(|tenant| tenant.slug).unwrap_or_default();
        let (server, who) = (profile.server.to_string(), profile.who);
        println!("{sign} {:<24} {server:<36} {who} {}", paint.bold(name), paint.dim(tenant));
    }
    Ok(())
}

async fn remove(settings: &Settings, profiles: Profiles, profile: Profile) -> Result<ExitCode> {
    let interrupts = Interrupts::listen(ask::restore).context("signals cannot be handled")?;
    let client = Client::new(profiles.clone(), profile.clone(), interrupts, |_| ())?;
    let untold = remote::sign_out(&profiles, &client, &profile).await?;
    if settings.json {
        println!("{}", json!({"removed": profile.name, "ended_on_server": untold.is_none()}));
        return Ok(ExitCode::Done);
    }
    let paint = Paint::for_stdout();
    println!("{} The profile {} is gone from this machine.", paint.green("✓"), paint.bold(&profile.name));
    if let Some(error) = untold {
        println!(
            "  {} Its login lives on there until it is not used for 30 days: {error}",
            paint.yellow("!")
        );
    }
    Ok(ExitCode::Done)
}
