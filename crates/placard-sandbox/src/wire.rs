//! Enums that are spelled on the wire exactly as the platform spells them.

/// A closed set of words a parameter may hold.
pub(crate) trait WireEnum: Copy + 'static {
    /// Every value, in the platform's order.
    const ALL: &'static [Self];
    /// The word on the wire.
    fn as_str(self) -> &'static str;

    /// Finds the value spelled `text`.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == text)
    }

    /// All words, for the message that refuses another one.
    fn words() -> String {
        Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Declares an enum together with its words.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$inner])* #[serde(rename = $text)] $variant),+ }

        impl $crate::wire::WireEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::wire::WireEnum::as_str(*self))
            }
        }
    };
}
pub(crate) use wire_enum;
