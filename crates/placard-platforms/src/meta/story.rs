//! The two forms of a creative's post, and what each calls the parts of an ad (Meta, `platforms/meta.md` §11).

/// What an ad shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Story {
    /// A picture.
    Link,
    /// A video, with a picture as its cover.
    Video,
}

impl Story {
    pub(super) const ALL: [Self; 2] = [Self::Link, Self::Video];

    /// The member of `object_story_spec` that holds the parts.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::Link => "link_data",
            Self::Video => "video_data",
        }
    }

    pub(super) const fn headline(self) -> &'static str {
        match self {
            Self::Link => "name",
            Self::Video => "title",
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::Link => "description",
            Self::Video => "link_description",
        }
    }

    /// Where the address stands that a website is shown by: in the post, or in its button.
    pub(super) const fn display_url(self) -> &'static str {
        match self {
            Self::Link => "caption",
            Self::Video => "call_to_action/value/link_caption",
        }
    }

    /// Where it stands to what an ad leads.
    pub(super) const fn link(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Video => "call_to_action/value/link",
        }
    }
}
