//! What is refused, and how it is told (TikTok, `platforms/tiktok.md` §1 and §20).

use serde_json::{Value, json};

/// Declares the codes with their numbers.
macro_rules! codes {
    ($($(#[$inner:meta])* $name:ident = $number:literal),+ $(,)?) => {
        /// `code` of an answer; everything but success and partial success is a failure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$inner])* $name,)+ /** Any other code, which only faults answer with. */ Other(i64) }

        impl Code {
            pub(crate) fn number(self) -> i64 {
                match self { $(Self::$name => $number,)+ Self::Other(number) => number }
            }
        }
    };
}

codes! {
    PartialSuccess = 20001,
    Invalid = 40000,
    NoPermission = 40001,
    BadParameter = 40002,
    VersionError = 40006,
    NoObject = 40007,
    NotImplemented = 40008,
    TooManyIds = 40011,
    NothingToUpdate = 40012,
    DuplicateRequest = 40050,
    InvalidVersion = 40051,
    BadVideoId = 40053,
    BadBatchSize = 40061,
    MinorsRestricted = 40065,
    AppLimit = 40100,
    InvalidPartner = 40101,
    TokenExpired = 40102,
    RefreshTokenExpired = 40103,
    TokenMissing = 40104,
    TokenInvalid = 40105,
    RefreshTokenInvalid = 40107,
    GrantTypeInvalid = 40108,
    AuthCodeInvalid = 40110,
    NotAllowListed = 40118,
    ScopeMissing = 40130,
    TaskFailed = 40200,
    TaskNotReady = 40201,
    WriteConflict = 40202,
    NoAdvertiser = 40300,
    NoRoute = 40400,
    TooManyAds = 40502,
    InnerValidation = 40700,
    WrongSignature = 40900,
    Transcoding = 40901,
    UrlUnavailable = 40903,
    FileMissing = 40905,
    FileEmpty = 40906,
    FileTooLarge = 40907,
    ImageTypeWrong = 40908,
    VideoTypeWrong = 40909,
    DuplicateMaterialName = 40911,
    UploadInvalid = 40915,
    Retired = 41001,
    SystemError = 50000,
    TimeOut = 50002,
    InnerService = 51010,
    Maintenance = 60001,
}

/// Why a call was not answered with success.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// The envelope with a code, at HTTP 200.
    Told { code: Code, message: String },
    /// The envelope at HTTP 404: no route has this path.
    NoRoute(String),
    /// A page of a machine in front of the API.
    Html(u16),
}

pub(crate) type TikTokResult<T> = Result<T, Refusal>;

impl Refusal {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::Told { code, message: message.into() }
    }

    /// 40002, which names the field.
    pub(crate) fn field(name: &str, message: impl std::fmt::Display) -> Self {
        Self::new(Code::BadParameter, format!("{name}: {message}"))
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::field(name, "Missing data for required field.")
    }

    pub(crate) fn code(&self) -> Option<Code> {
        match self {
            Self::Told { code, .. } => Some(*code),
            Self::NoRoute(_) => Some(Code::NoRoute),
            Self::Html(_) => None,
        }
    }

    pub(crate) fn http(&self) -> u16 {
        match self {
            Self::Told { .. } => 200,
            Self::NoRoute(_) => 404,
            Self::Html(status) => *status,
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Told { message, .. } => message.clone(),
            Self::NoRoute(path) => format!("The requested route {path} does not exist."),
            Self::Html(status) => format!("HTTP {status}"),
        }
    }

    /// The envelope.
    pub(crate) fn body(&self, id: &str) -> Value {
        let code = self.code().map(Code::number);
        json!({ "code": code, "message": self.message(), "request_id": id, "data": {} })
    }
}

/// What a call is answered with.
pub(crate) enum Said {
    /// `data` of a success.
    Data(Value),
    /// `data` of a call of which a part was carried out.
    Partial(Value),
    /// A report as a table with commas.
    Csv(String),
    /// A page of the login.
    Html(String),
    /// Back to the app.
    Redirect(String),
}

pub(crate) fn envelope(data: Value, id: &str) -> Value {
    json!({ "code": 0, "message": "OK", "request_id": id, "data": data })
}
