//! `placard connect`: ad accounts.

use super::{ExitCode, paint::Paint};
use crate::{
    connecting::{Connected, Wish, connect},
    session::Session,
    settings::Settings,
};
use anyhow::Result;
use placard_domain::Platform;
use serde_json::json;

/// `placard connect`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    platform: Where,
}

#[derive(clap::Subcommand, Debug)]
enum Where {
    /// Connect ad accounts of Meta, through its consent page in your browser.
    Meta {
        #[command(flatten)]
        how: How,
        /// The page that speaks in ads.
        #[arg(long, value_name = "ID")]
        page: Option<String>,
    },
    /// Connect ad accounts of Google Ads, through its consent page in your browser.
    Google {
        #[command(flatten)]
        how: How,
    },
    /// Connect ad accounts of Microsoft Advertising, through its consent page in your browser.
    Microsoft {
        #[command(flatten)]
        how: How,
    },
    /// Connect ad accounts of TikTok, through its consent page in your browser.
    Tiktok {
        #[command(flatten)]
        how: How,
        /// The identity that speaks in ads.
        #[arg(long, value_name = "ID")]
        identity: Option<String>,
    },
}

#[derive(clap::Args, Debug)]
struct How {
    /// Connect to the sandbox instead: everything works, nothing costs anything.
    #[arg(long)]
    sandbox: bool,
    /// Only this account: `act_` and digits at Meta, ten digits at Google, digits at Microsoft and TikTok.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Agree without a browser. Only the sandbox knows that.
    #[arg(short, long, requires = "sandbox")]
    yes: bool,
}

impl Where {
    fn wish(self) -> Wish {
        let (platform, how, page) = match self {
            Self::Meta { how, page } => (Platform::Meta, how, page),
            Self::Google { how } => (Platform::Google, how, None),
            Self::Microsoft { how } => (Platform::Microsoft, how, None),
            Self::Tiktok { how, identity } => (Platform::Tiktok, how, identity),
        };
        Wish { platform, sandbox: how.sandbox, account: how.account, page, headless: how.yes }
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let wish = args.platform.wish();
    let session = Session::open(settings, "placard connect").await?;
    let outcome = consent(&session, &wish).await;
    session.close().await?;
    let connected = outcome?;
    if settings.json {
        let accounts: Vec<_> = connected.accounts.iter().map(|account| &account.account.id).collect();
        println!("{}", json!({"connected": accounts, "days_left": connected.days_left}));
    } else {
        show(&connected);
    }
    Ok(ExitCode::Done)
}

async fn consent(session: &Session, wish: &Wish) -> Result<Connected> {
    let tenant = session.tenant().await?;
    connect(session, &tenant, wish, |url| {
        eprintln!("Open this address and agree:\n\n  {url}\n\nWaiting …");
    })
    .await
}

pub(super) fn show(connected: &Connected) {
    let paint = Paint::for_stdout();
    for account in &connected.accounts {
        println!(
            "{} {} {} {}",
            paint.green("✓"),
            paint.bold(&account.account.id),
            account.name,
            paint.dim(format!("{}, {}", account.currency, account.zone))
        );
    }
    for account in &connected.left_out {
        let why = match (account.active, account.payment_connected) {
            (false, _) => account.status.as_str(),
            (true, false) => "no payment method",
            (true, true) => "not asked for",
        };
        println!("{} {} {} {}", paint.yellow("·"), account.account.id, account.name, paint.dim(why));
    }
    if let Some(page) = &connected.page {
        println!("  speaking as {} {}", page.name, paint.dim(&page.id));
    }
    if let Some(days) = connected.days_left {
        println!("  the token is good for {days} days; connect again before");
    }
}
